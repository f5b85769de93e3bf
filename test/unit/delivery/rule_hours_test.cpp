#include "delivery/rule_hours.hpp"

#include "sql/session/schema.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

std::string text_of(std::vector<rule_counts> const& counts) {
    std::string text;
    for (auto const& each : counts)
        text += each.rule_id + ':' + std::to_string(each.hits) + '/' + std::to_string(each.withheld) + '/' +
            std::to_string(each.cost) + ' ';
    return text;
}

struct rule_hours_fixture : test::virtual_loop {
    rule_hours_fixture() : sql(parse_database_url(url())) { prepare_schema(sql); }
    ~rule_hours_fixture() { stop(); }

    std::string url() const { return "sqlite:" + (directory / "rulehost.db").string(); }
    void start() {
        rule_hours_options options;
        options.database = url();
        options.worker = "w1";
        options.counts = [this] { return counts; };
        options.log = [this](std::string const& line) { log.push_back(line); };
        hours = std::make_unique<rule_hours>(loop.get_executor(), time, std::move(options));
        running = std::make_unique<task_group>(loop.get_executor());
        running->spawn("hours", hours->run());
        time.settle();
    }
    void stop() {
        if (!running)
            return;
        running->cancel();
        run(running->join());
        running.reset();
    }
    std::string stored() { return text_of(rule_counts_since(sql, time_point{})); }

    test::temporary_directory directory;
    session sql;
    std::vector<rule_counts> counts;
    std::vector<std::string> log;
    std::unique_ptr<rule_hours> hours;
    std::unique_ptr<task_group> running;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hours_of_rules, rule_hours_fixture)

BOOST_AUTO_TEST_CASE(a_change_is_what_came_since_and_all_of_it_when_a_rule_restarts) {
    rule_count_changes changes;
    std::vector<rule_counts> now{{"R1", 5, 5, 1, 2, 100}, {"R2", 0, 0, 0, 7, 50}};
    BOOST_TEST(text_of(changes.since_last(now)) == "R1:5/1/100 ");
    changes.take(now);
    BOOST_TEST(changes.since_last(now).empty());
    now = {{"R1", 8, 8, 1, 3, 130}, {"R2", 1, 1, 0, 9, 70}};
    BOOST_TEST(text_of(changes.since_last(now)) == "R1:3/0/30 R2:1/0/70 "); // including earlier measurements
    changes.take(now);
    now = {{"R1", 2, 2, 0, 1, 10}};
    BOOST_TEST(text_of(changes.since_last(now)) == "R1:2/0/10 ");
}

BOOST_AUTO_TEST_CASE(counts_are_written_every_ten_seconds_and_when_they_are_asked_for) {
    start();
    counts = {{"R1", 3, 3, 0, 0, 0}};
    time.advance(9s);
    BOOST_TEST(stored() == "");
    time.advance(1s);
    BOOST_TEST(stored() == "R1:3/0/0 ");
    time.advance(1min);
    BOOST_TEST(stored() == "R1:3/0/0 ");
    counts[0].hits = 4;
    run(hours->flush());
    BOOST_TEST(stored() == "R1:4/0/0 ");
    run(hours->flush());
    BOOST_TEST(stored() == "R1:4/0/0 ");
}

BOOST_AUTO_TEST_CASE(counts_that_cannot_be_written_are_written_later) {
    start();
    counts = {{"R1", 3, 3, 0, 0, 0}};
    sql.execute("ALTER TABLE ttp_rule_hour RENAME TO away");
    time.advance(20s);
    BOOST_TEST(log.size() == 1u);
    sql.execute("ALTER TABLE away RENAME TO ttp_rule_hour");
    time.advance(10s);
    BOOST_TEST(stored() == "R1:3/0/0 ");
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(hours_are_kept_for_ninety_days) {
    start();
    counts = {{"R1", 3, 3, 0, 0, 0}};
    time.advance(10s);
    time.advance(rule_hours::keep - 2h);
    BOOST_TEST(stored() == "R1:3/0/0 ");
    time.advance(4h);
    BOOST_TEST(stored() == "");
}

BOOST_AUTO_TEST_SUITE_END()
