// MariaDB cuts off a connection with a statement over its limit. A retry would repeat forever.
#include "delivery/tag_writer.hpp"
#include "sql/session/session.hpp"
#include "support/database_server.hpp"
#include "support/tags.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace rulehost;
using namespace rulehost::test;

namespace {

constexpr std::size_t packet = 65536;

/// A server with a limit of `packet` bytes per statement.
struct small_server : virtual_loop {
    small_server() {
        session(parse_database_url(server.url())).execute("SET GLOBAL max_allowed_packet = " + std::to_string(packet));
    }

    std::vector<sql_row> query(std::string const& text) const {
        return session(parse_database_url(server.url())).query(text, 1);
    }

    database_server server{database_kind::mysql};
};

tag tag_of(std::string source_id, std::string text) {
    auto made = make_tag(std::move(source_id));
    made.evidence["command_text"] = std::move(text);
    return made;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(long_statements, small_server)

BOOST_AUTO_TEST_CASE(a_statement_is_sent_when_the_server_reads_it_and_else_refused_on_a_living_connection) {
    session sql(parse_database_url(server.url()));
    auto const id = sql.query("SELECT CONNECTION_ID()", 1).at(0)[0];
    std::size_t sent = 0;
    std::size_t refused = 0;
    for (auto size = packet - 100; size < packet + 100; ++size) {
        for (auto const quotes : {std::size_t{0}, std::size_t{9}}) {
            // A quote is escaped, and so counts twice.
            auto const text = std::string(size - 2 * quotes, 'x') + std::string(quotes, '\'');
            try {
                BOOST_TEST(sql.query("SELECT LENGTH(:1)", 1, {text}).at(0)[0].value() == std::to_string(text.size()));
                ++sent;
            } catch (database_error const& error) {
                BOOST_TEST((error.what_kind() == database_error::kind::other));
                ++refused;
            }
        }
    }
    BOOST_TEST((sql.query("SELECT CONNECTION_ID()", 1).at(0)[0] == id));
    BOOST_TEST(sent > 100u); // of 400: nearly all within the limit
    BOOST_TEST(refused > 200u);
}

BOOST_AUTO_TEST_CASE(a_tag_that_the_server_never_reads_is_a_dead_letter_alone) {
    temporary_directory directory;
    std::vector<std::string> log;
    int stores = 0;
    tag_writer_options options;
    options.database = server.url();
    options.dead_letters = directory / "dead.ndjson";
    options.outbox = true;
    options.log = [&](std::string const& line) { log.push_back(line); };
    options.faults.before = [&](std::string_view call) -> boost::asio::awaitable<void> {
        stores += call == "store";
        co_return;
    };
    tag_writer writer(loop.get_executor(), loop.get_executor(), time, std::move(options));
    task_group running(loop.get_executor());
    running.spawn("writer", writer.run());
    int acknowledged = 0;
    auto const give = [&](std::vector<tag> tags, std::string place) {
        tag_batch batch;
        batch.tags = std::move(tags);
        batch.position = input_position{"in", std::move(place)};
        batch.stored = [&] { ++acknowledged; };
        running.spawn("input", writer.enqueue(std::move(batch)));
        time.settle();
    };

    std::vector<tag> tags;
    for (int i = 0; i < 200; ++i) // together over the limit of a statement; every quote is escaped twice
        tags.push_back(tag_of("some_" + std::to_string(i), std::string(1500, '"')));
    give(tags, "1");
    BOOST_TEST(acknowledged == 1);
    BOOST_TEST(stores == 1);

    tags.clear();
    for (int i = 0; i < 100; ++i)
        tags.push_back(tag_of("other_" + std::to_string(i),
                              i == 50       ? std::string(packet, 'x')
                                  : i == 70 ? std::string(40'000, 'y')
                                            : "z"));
    give(tags, "2");
    time.advance(std::chrono::minutes(1));
    BOOST_TEST(acknowledged == 2);
    BOOST_TEST(log.empty());
    BOOST_TEST(writer.counts().stored == 299u);
    BOOST_TEST(writer.counts().dead == 1u);
    auto const dead = boost::json::parse(directory.read("dead.ndjson")).as_object();
    BOOST_TEST(dead.at("reason").as_string().find("the server reads at most 65520") != std::string::npos);
    BOOST_TEST(dead.at("tag").at("source_id").as_string() == "other_50");
    BOOST_TEST(query("SELECT COUNT(*) FROM ttp_tag").at(0)[0].value() == "299");
    BOOST_TEST(query("SELECT place FROM ttp_input_position").at(0)[0].value() == "2");

    running.cancel();
    run(running.join());
}

BOOST_AUTO_TEST_SUITE_END()
