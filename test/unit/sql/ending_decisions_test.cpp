#include "sql/ending_decisions.hpp"
#include "sql/lease.hpp"
#include "sql/outbox_table.hpp"
#include "sql/store_counts.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using test::every_kind;
using test::test_database;

namespace {

constexpr time_point noon{std::chrono::seconds{1'767'225'600}};

void decide(test_database& database, std::string const& rule, duration lasts) {
    auto sql = database.client();
    auto const& dialect = sql.dialect();
    sql.execute("INSERT INTO ttp_decision (effect, rules, scope, ends_at, set_at) VALUES ('disable', :1, '[]', :2, :3)",
                {"[\"" + rule + "\"]", dialect.time_value(noon + lasts), dialect.time_value(noon)});
}

ending_decisions decisions_at(test_database& database, time_point const& now) {
    auto const messages = [](std::vector<decision> const& ending, time_point, std::string const&) {
        std::vector<outbox_row> rows;
        for (auto const& each : ending)
            rows.push_back({.message_id = each.rules.at(0), .topic = "t", .payload = "{}"});
        return rows;
    };
    return {parse_database_url(database.url()), database_access::create, nullptr, [&now] { return now; }, messages};
}

} // namespace

BOOST_AUTO_TEST_SUITE(decisions_that_end)

BOOST_DATA_TEST_CASE(are_announced_once_within_the_notice, data::make(every_kind), kind) {
    test_database database(kind);
    auto now = noon;
    auto one = decisions_at(database, now);
    auto other = decisions_at(database, now);
    BOOST_TEST(one.announce(1h, "a").empty());
    decide(database, "R1", 2h);
    decide(database, "R2", 90min);
    decide(database, "R3", 30min); // shorter than the notice
    auto sql = database.client();
    sql.execute("INSERT INTO ttp_rule_state (rule_id, state, expires_at, set_at) VALUES ('R4', 'disabled', :1, :2)",
                {sql.dialect().time_value(noon + 100min), sql.dialect().time_value(noon)});
    now = noon + 61min;
    BOOST_TEST(one.announce(1h, "a").empty()); // nobody would receive it
    outbox_table(parse_database_url(database.url())).passed("soc");
    auto const first = one.announce(1h, "a");
    BOOST_REQUIRE_EQUAL(first.size(), 3u);
    BOOST_TEST(first[0].rules.at(0) == "R2");
    BOOST_TEST(first[1].rules.at(0) == "R4");
    BOOST_TEST(first[2].rules.at(0) == "R1");
    now += 30s;
    BOOST_TEST(one.announce(1h, "a").empty());
    BOOST_TEST(other.announce(1h, "b").empty());
    auto const waiting = outbox_table(parse_database_url(database.url())).count("soc");
    BOOST_TEST(waiting == 3u);
    now = database_clock(sql) + 24h;
    decide(database, "R5", now - noon + 30min);
    BOOST_TEST(one.announce(1h, "a").size() == 1u);
    BOOST_TEST(users_of(sql).empty()); // what was announced is no process
}

BOOST_DATA_TEST_CASE(are_shared_out_among_workers, data::make(every_kind), kind) {
    test_database database(kind);
    outbox_table(parse_database_url(database.url())).passed("soc");
    for (int i = 0; i != 20; ++i)
        decide(database, "R" + std::to_string(i), 2h);
    auto const now = noon + 90min;
    std::atomic<std::size_t> announced = 0;
    std::vector<std::thread> workers;
    for (auto const* const holder : {"a", "b"})
        workers.emplace_back([&, holder] {
            auto mine = decisions_at(database, now);
            for (int i = 0; i != 5; ++i)
                announced += mine.announce(1h, holder).size();
        });
    for (auto& each : workers)
        each.join();
    BOOST_TEST(announced == 20u);
    BOOST_TEST(outbox_table(parse_database_url(database.url())).count("soc") == 20u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
