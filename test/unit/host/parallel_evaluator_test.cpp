#include "host/parallel_evaluator.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/seed.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <deque>
#include <random>
#include <stdexcept>

using namespace rulehost;

namespace {

/// RULEHOST_SEED replays a run; the seed is in the message of every failure.
std::uint64_t seed() {
    return test::seed_or(20'260'101);
}

rule_snapshot rules_of_every_sort() {
    rule_snapshot snapshot;
    snapshot.revision = 1;
    for (auto const& rule : {
             test::rule_matching("{pattern: wget}", "R1"),
             test::rule_matching("{pattern: 'w.*t'}", "R2"),
             test::rule_matching(
                 "{window: {of: {pattern: wget}, count: {at_least: 3}, within: 5m, group_by: [session_id]}}", "R3"),
             // Not by attacker: a group of a window may cross threads.
             test::rule_matching("{window: {count: {at_least: 7}, within: 10m, group_by: [user]}}", "R4"),
             test::rule_matching("{window: {sequence: [{pattern: uname}, {pattern: wget}], within: 5m, "
                                 "group_by: [attacker_uuid]}}",
                                 "R5"),
             test::rule_matching(
                 "{any_of: [{pattern: curl}, {window: {distinct_count: {field: command_text, at_least: 4}, "
                 "within: 5m, group_by: [user], repeat: true}}]}",
                 "R6"),
         })
        snapshot.rules.push_back(std::make_shared<compiled_rule>(rule, rule_state{}));
    snapshot.rules.push_back(
        std::make_shared<compiled_rule>(test::rule_matching("{pattern: curl}", "R7"), rule_state::disabled("noise")));
    return snapshot;
}

/// Advances by `look` at every measurement.
class slow_clock final : public time_source {
public:
    explicit slow_clock(duration look) : look_(look) {}

    time_point now() const override { return test::noon; }
    duration elapsed() const override { return look_ * looks_++; }
    boost::asio::awaitable<void> sleep_until(time_point) override { co_return; }

private:
    duration look_;
    mutable std::atomic<int> looks_{0};
};

struct evaluating {
    evaluating() { rules.replace(rules_of_every_sort()); }

    /// Lines of a day in which attackers, sessions and users cross; some are not events.
    void generate(std::size_t count, std::uint64_t from) {
        std::mt19937_64 random{from};
        auto const one_of = [&](std::initializer_list<char const*> all) {
            return *(all.begin() + random() % all.size());
        };
        for (std::size_t i = 0; i != count; ++i) {
            auto const number = std::to_string(i);
            if (random() % 50 == 0) {
                add("{" + number);
                continue;
            }
            boost::json::object line{{"source_kind", "command"},
                                     {"source_id", "e" + number},
                                     {"session_id", "s" + std::to_string(random() % 5)},
                                     {"observed_at", 1'700'000'000 + i * 7 + random() % 60}};
            if (random() % 50 != 0)
                line["attacker_uuid"] = "a" + std::to_string(random() % 3);
            line["payload"] = {{"command_text", one_of({"wget x", "uname -a", "curl y", "ls", "WGET", "wt"})},
                               {"user", one_of({"root", "admin"})}};
            add(boost::json::serialize(line));
        }
    }
    void add(std::string text) {
        texts.push_back(std::move(text));
        lines.push_back({lines.size() + 1, texts.back(), {}, {}});
    }

    /// All results of the lines, as text, in order. Each reading of the clock takes `look`.
    std::vector<std::string> outcome_on(std::size_t threads, std::size_t lines_a_batch, duration look = {}) {
        engine fresh;
        fresh.replace(rules_of_every_sort());
        slow_clock const clock{look};
        parallel_evaluator evaluator{fresh, threads, clock};
        std::deque<event_reader> readers;
        std::vector<parallel_evaluator::line_reader> each_reads;
        for (std::size_t i = 0; i != threads; ++i) {
            auto& reader = readers.emplace_back(event_format::event);
            each_reads.emplace_back([&reader](event_batch::line const& line, time_point arrived) {
                return reader.read(line.text, arrived);
            });
        }
        std::vector<std::string> all;
        std::vector<std::string> rejected;
        evaluated_lines result;
        std::uint64_t events = 0;
        std::uint64_t withheld = 0;
        for (std::size_t at = 0; at < lines.size(); at += lines_a_batch) {
            auto const batch = std::span{lines}.subspan(at, std::min(lines_a_batch, lines.size() - at));
            result.clear();
            turns = 0;
            for (std::size_t done = 0; done != batch.size(); ++turns)
                done = evaluator.evaluate(batch, done, each_reads, result);
            for (auto const& one : result.tags)
                all.push_back(boost::json::serialize(to_json(one)));
            for (auto const& one : result.rejected)
                rejected.push_back(std::to_string(batch[one.index].number) + ": " + one.reason);
            events += result.events;
            withheld += result.withheld.size();
        }
        all.insert(all.end(), rejected.begin(), rejected.end());
        all.push_back(std::to_string(events) + " events, " + std::to_string(withheld) + " suppressed");
        for (auto const& one : fresh.statistics())
            all.push_back(one.rule_id + ": " + std::to_string(one.matches) + " matches, " + std::to_string(one.tags) +
                          " tags");
        return all;
    }

    engine rules;
    std::deque<std::string> texts;
    std::vector<event_batch::line> lines;
    std::size_t turns = 0; ///< of the last batch
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(evaluation_on_threads, evaluating)

BOOST_AUTO_TEST_CASE(several_threads_give_the_results_of_one) {
    generate(4000, seed());
    auto const one = outcome_on(1, 500);
    BOOST_TEST(one.size() > 1000u);
    for (std::size_t const threads : {2u, 3u, 8u})
        for (std::size_t const lines_a_batch : {1u, 7u, 500u, 4000u})
            BOOST_TEST((outcome_on(threads, lines_a_batch) == one),
                       "seed " << seed() << ", " << threads << " threads, " << lines_a_batch << " lines a batch");
}

BOOST_AUTO_TEST_CASE(slow_lines_are_evaluated_in_turns_that_come_to_the_same) {
    generate(2000, seed());
    auto const one = outcome_on(1, 1000);
    BOOST_TEST(turns == 1u);
    for (std::size_t const threads : {1u, 2u, 8u}) {
        BOOST_TEST((outcome_on(threads, 1000, parallel_evaluator::max_turn) == one),
                   "seed " << seed() << ", " << threads);
        BOOST_TEST(turns > 3u);
        BOOST_TEST((outcome_on(threads, 1000, parallel_evaluator::max_turn / 6) == one),
                   "seed " << seed() << ", " << threads);
        BOOST_TEST(turns > 1u);
    }
}

BOOST_AUTO_TEST_CASE(long_lines_are_handed_out_one_by_one) {
    for (int i = 0; i != 10; ++i)
        add(std::string(20'000, 'x'));
    outcome_on(1, 10, parallel_evaluator::max_turn);
    BOOST_TEST(turns == 10u);
}

BOOST_AUTO_TEST_CASE(part_of_a_line_that_is_no_event_is_reported_and_the_rest_is_evaluated) {
    add(R"({"source_kind":"session","source_id":"s","attacker_uuid":"a","payload":{"commands":["wget x",7,"wget y"]}})");
    event_reader reader(event_format::event);
    std::vector<parallel_evaluator::line_reader> const readers{
        [&](event_batch::line const& line, time_point arrived) { return reader.read(line.text, arrived); }};
    slow_clock const clock{{}};
    parallel_evaluator evaluator{rules, 1, clock};
    evaluated_lines result;
    BOOST_TEST(evaluator.evaluate(lines, 0, readers, result) == 1u);
    BOOST_TEST(result.events == 3u);
    BOOST_REQUIRE_EQUAL(result.rejected.size(), 1u);
    BOOST_TEST(result.rejected[0].reason == "commands[1] is neither a text nor an object");
}

BOOST_AUTO_TEST_CASE(no_lines_are_no_work) {
    slow_clock const clock{parallel_evaluator::max_turn};
    parallel_evaluator evaluator{rules, 4, clock};
    evaluated_lines result;
    std::vector<parallel_evaluator::line_reader> readers(4);
    BOOST_TEST(evaluator.evaluate({}, 0, readers, result) == 0u);
    BOOST_TEST(result.events == 0u);
}

BOOST_AUTO_TEST_CASE(line_that_cannot_be_read_is_rejected_and_its_neighbours_go_on) {
    generate(200, seed());
    slow_clock const clock{{}};
    parallel_evaluator evaluator{rules, 3, clock};
    evaluated_lines result;
    std::vector<parallel_evaluator::line_reader> readers(
        3, [](event_batch::line const& line, time_point) -> boost::system::result<line_events, bad_line> {
            if (line.number == 100)
                throw std::runtime_error("too deep");
            return line_events{};
        });
    BOOST_TEST(evaluator.evaluate(lines, 0, readers, result) == lines.size());
    BOOST_REQUIRE(result.rejected.size() == 1u);
    BOOST_TEST(result.rejected[0].index == 99u);
    BOOST_TEST(result.rejected[0].reason == "cannot be read: too deep");
}

BOOST_AUTO_TEST_SUITE_END()
