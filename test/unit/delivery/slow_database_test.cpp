#include "delivery/tag_writer.hpp"

#include "support/tags.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/host.hpp>
#include <rulehost/task_group.hpp>

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct slow_database : test::virtual_loop {
    slow_database() {
        options.database = "sqlite:" + (directory / "rulehost.db").string();
        options.dead_letters = directory / "dead.ndjson";
    }
    ~slow_database() {
        running.cancel();
        run(running.join());
    }

    void start(asio::any_io_executor database) {
        writer = std::make_unique<tag_writer>(loop.get_executor(), std::move(database), time, options);
        running.spawn("writer", writer->run());
        time.settle();
    }
    void give(tag_batch what) {
        running.spawn("input", writer->enqueue(std::move(what)));
        time.settle();
    }
    static tag_batch batch() {
        tag_batch made;
        made.tags.push_back(test::make_tag("a"));
        return made;
    }

    asio::io_context stuck; ///< never run: work posted to it never completes
    test::temporary_directory directory;
    tag_writer_options options;
    std::unique_ptr<tag_writer> writer;
    task_group running{loop.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(slow_databases, slow_database)

BOOST_AUTO_TEST_CASE(a_database_that_has_not_answered_for_seconds_counts_as_lost_until_it_has) {
    options.faults.before = [this](std::string_view) -> asio::awaitable<void> { co_await time.pause(20s); };
    start(loop.get_executor());
    give(batch());
    time.advance(5s);
    BOOST_TEST(!writer->counts().database_lost_since);
    time.advance(1s);
    BOOST_TEST((writer->counts().database_lost_for == 6s));
    BOOST_TEST((writer->counts().database_lost_since == time.now() - 6s));
    time.advance(15s);
    BOOST_TEST(writer->counts().stored == 1u);
    BOOST_TEST(!writer->counts().database_lost_since);
}

BOOST_AUTO_TEST_CASE(dead_letters_are_written_while_the_database_does_not_answer) {
    options.files = loop.get_executor();
    start(stuck.get_executor());
    tag_batch bad;
    dead_letter letter;
    letter.text = "bad";
    bad.rejected.push_back(letter);
    bool done = false;
    bad.stored = [&] { done = true; };
    give(std::move(bad));
    BOOST_TEST(done);
    BOOST_TEST(directory.read("dead.ndjson").find("bad") != std::string::npos);
}

// The database uses the machine's clock, years behind that of the test.
BOOST_AUTO_TEST_CASE(propagation_of_a_decision_is_measured_by_one_clock) {
    directory.write("rules/R1.yaml", R"(rule_id: R1
rule_version: 1
name: R1
applies_to: [command]
match: {field: command_text, pattern: wget}
emits: [{tactic: TA0011, technique_id: T1105, confidence: 0.9}]
)");
    host_options given;
    given.store = options.database;
    given.rules = directory / "rules";
    host subject(loop.get_executor(), loop.get_executor(), time, given);
    time.advance(std::chrono::hours{24 * 365 * 20});
    running.spawn("host", subject.run());
    time.advance(3s);
    run(subject.set_state("R1", rule_state::disabled("noisy"), "ops"));
    time.advance(3s);
    auto const measured = subject.statistics().propagation;
    BOOST_TEST(std::accumulate(measured.counts().begin(), measured.counts().end(), std::uint64_t{0}) == 1u);
    BOOST_TEST((measured.sum() < 10s));
    subject.stop();
    time.advance(10s);
}

BOOST_AUTO_TEST_SUITE_END()
