// A rule that the limit of work stops gives undecided tags if a word occurs that it requires.
#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/live_engine.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace rulehost {

using test::command;
using test::noon;
using test::rule_matching;

namespace {

constexpr std::string_view slow =
    "{pattern: '^(?=\\w)(\\w+\\s?)+!canary'}"; // the lookahead keeps the search metered; a text of words exceeds the limit

event stopping(std::string_view word) {
    return command(std::string(60'000, 'w') + " ?" + std::string(word));
}

using fixture = test::live_engine;

std::vector<std::string> undecided_of(evaluation const& result) {
    std::vector<std::string> rules;
    for (auto const& each : result.tags)
        if (each.undecided)
            rules.push_back(each.rule_id);
    return rules;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(undecided_tags, fixture)

BOOST_AUTO_TEST_CASE(a_stopped_rule_gives_an_undecided_tag_with_half_the_confidence) {
    add(rule_matching(slow));
    auto const result = host.evaluate(stopping("!canary"), noon).value();
    BOOST_REQUIRE_EQUAL(result.tags.size(), 1u);
    BOOST_TEST(result.tags.front().undecided);
    BOOST_TEST(result.tags.front().confidence == 0.45);
    BOOST_TEST(!result.tags.front().clipped_from.has_value());
    BOOST_TEST(result.failed.size() == 1u);
    auto const counted = host.statistics().front();
    BOOST_TEST(counted.undecided == 1u);
    BOOST_TEST(counted.failures == 1u);
    BOOST_TEST(counted.tags == 0u);
    BOOST_TEST(counted.matches == 0u);
}

BOOST_AUTO_TEST_CASE(a_rule_of_which_no_word_occurs_stays_silent_and_is_counted) {
    add(rule_matching("{pattern: '^(?=\\w)(?:\\w+\\s?)+$'}"));
    auto const result = host.evaluate(stopping(""), noon).value();
    BOOST_TEST(result.tags.empty());
    BOOST_TEST(result.failed.size() == 1u);
    BOOST_TEST(host.statistics().front().failures == 1u);
    BOOST_TEST(host.statistics().front().undecided == 0u);
}

/// Each of thousands of commands could pipe to each of the others.
BOOST_AUTO_TEST_CASE(work_of_a_very_long_pipeline_is_bounded) {
    add(rule_matching("{command: {program: curl, piped_to: {program: sh}}}"));
    std::string line;
    for (int i = 0; i < 3000; ++i)
        line += "sh|curl u|";
    auto const result = host.evaluate(command(line + "id"), noon).value();
    BOOST_TEST(result.tags.size() == 1u);
    line.clear();
    for (int i = 0; i < 3000; ++i)
        line += "curl u|";
    auto const stopped = host.evaluate(command(line + "id"), noon).value();
    BOOST_TEST(stopped.failed.size() == 1u);
    BOOST_TEST(!host.evaluate(command(line.substr(0, 700) + "id"), noon).value().failed.size());
}

BOOST_AUTO_TEST_CASE(a_rule_that_another_condition_decides_is_decided) {
    add(rule_matching("{any_of: [{pattern: '^(?=\\w)(\\w+\\s?)+!canary'}, {contains: trusted}]}", "R1"));
    add(rule_matching("{all_of: [{pattern: '^(?=\\w)(\\w+\\s?)+!canary'}, {contains: absent}]}", "R2"));
    evaluation result;
    BOOST_TEST((host.evaluate(stopping("!canary"), noon, result) == refusal::none));
    BOOST_REQUIRE_EQUAL(result.tags.size(), 1u);
    BOOST_TEST(result.tags.front().undecided);
    // Reuses the memory of that tag.
    BOOST_TEST((host.evaluate(stopping("!canary trusted"), noon, result) == refusal::none));
    BOOST_REQUIRE_EQUAL(result.tags.size(), 1u);
    BOOST_TEST(!result.tags.front().undecided);
    BOOST_TEST(result.tags.front().confidence == 0.9);
}

BOOST_AUTO_TEST_CASE(an_event_has_eight_undecided_tags_at_most_of_the_first_rules_that_are_as_sure) {
    for (int i = 20; i != 9; --i) // each in an index of its own
        add(rule_matching(slow, "R" + std::to_string(i)));
    add(rule_matching("{contains: canary}", "R30"));
    std::vector<std::string> const first{"R10", "R11", "R12", "R13", "R14", "R15", "R16", "R17"};
    auto result = host.evaluate(stopping("!canary"), noon).value();
    BOOST_TEST(undecided_of(result) == first, boost::test_tools::per_element());
    BOOST_TEST(result.tags.size() == evaluation::max_undecided + 1);
    BOOST_TEST(result.failed.size() == 11u);
    host.compact();
    result = host.evaluate(stopping("!canary"), noon).value();
    BOOST_TEST(undecided_of(result) == first, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rules_that_are_stopped_on_purpose_do_not_hide_a_surer_one) {
    for (int i = 10; i != 20; ++i) {
        auto const id = "R" + std::to_string(i);
        add(rule_matching(slow, id));
        host.apply({++newest, id, rule_state::clipped(i == 12 ? 0.4 : 0.5, "noisy")});
    }
    add(rule_matching(slow, "R90"));
    add(rule_matching(
        "{any_of: [{pattern: '^(?=\\w)(\\w+\\s?)+!canary'}, {window: {of: {contains: canary}, count: {at_least: "
        "9}, within: 5m, group_by: [attacker_uuid]}}]}",
        "R91"));
    std::vector<std::string> const surest{"R10", "R11", "R13", "R14", "R15", "R16", "R90", "R91"};
    BOOST_TEST(undecided_of(host.evaluate(stopping("!canary"), noon).value()) == surest,
               boost::test_tools::per_element());
    evaluation result;
    window_feed later;
    BOOST_TEST((host.evaluate_ahead(stopping("!canary"), noon, result, later) == refusal::none));
    evaluation both;
    both.tags = std::move(result.tags);
    host.feed_windows(std::move(later), both);
    BOOST_TEST(undecided_of(both) == surest, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(further_commands_of_the_line_decide_a_stopped_rule) {
    auto const line = [](std::string_view end) {
        auto text = std::string(600, 'w') + " ?!canary;";
        for (int i = 0; i != 17'000; ++i)
            text += ":;";
        return command(text.append(end));
    };
    add(rule_matching("{any_of: [{pattern: '^(?=\\w)(\\w+\\s?)+!canary'}, {command: {program: wget}}]}"));
    auto result = host.evaluate(line("wget x"), noon).value();
    BOOST_REQUIRE_EQUAL(result.tags.size(), 1u);
    BOOST_TEST(!result.tags.front().undecided);
    BOOST_TEST(result.tags.front().evidence.at("command") == "wget x");
    BOOST_TEST(result.failed.empty());
    BOOST_TEST(host.statistics().front().failures == 0u);
    result = host.evaluate(line("ls"), noon).value();
    BOOST_REQUIRE_EQUAL(result.tags.size(), 1u);
    BOOST_TEST(result.tags.front().undecided);
    BOOST_TEST(result.failed.size() == 1u);
    BOOST_TEST(host.statistics().front().failures == 1u);
}

BOOST_AUTO_TEST_CASE(a_stopped_step_of_a_window_gives_one_in_both_ways_to_evaluate) {
    for (int i = 10; i != 19; ++i)
        add(rule_matching(slow, "R" + std::to_string(i)));
    add(rule_matching(
        "{any_of: [{window: {of: {pattern: '^(?=\\w)(\\w+\\s?)+!canary'}, count: {at_least: 2}, within: 5m, "
        "group_by: [attacker_uuid]}}, {window: {of: {contains: canary}, count: {at_least: 9}, within: "
        "5m, group_by: [attacker_uuid]}}]}",
        "R01"));
    auto const whole = undecided_of(host.evaluate(stopping("!canary"), noon).value());
    BOOST_REQUIRE_EQUAL(whole.size(), evaluation::max_undecided);
    BOOST_TEST(whole.front() == "R01");
    evaluation result;
    window_feed later;
    BOOST_TEST((host.evaluate_ahead(stopping("!canary"), noon, result, later) == refusal::none));
    BOOST_TEST(!later.empty());
    evaluation both;
    both.tags = std::move(result.tags);
    host.feed_windows(std::move(later), both);
    BOOST_TEST(undecided_of(both) == whole, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_floor_is_compared_with_the_whole_confidence) {
    engine strict({.confidence_floor = 0.7});
    strict.apply({1, "R1", rule_matching(slow)});
    BOOST_TEST(strict.evaluate(stopping("!canary"), noon).value().tags.at(0).confidence == 0.45);
    strict.apply({2, "R1", rule_state::clipped(0.6, "noisy")});
    auto const result = strict.evaluate(stopping("!canary"), noon).value();
    BOOST_TEST(result.tags.empty());
    BOOST_TEST(result.withheld.empty()); // it is unknown whether there is a hit to withhold
}

BOOST_AUTO_TEST_CASE(a_clip_lowers_it_before_it_is_halved) {
    add(rule_matching(slow));
    host.apply({++newest, "R1", rule_state::clipped(0.5, "noisy")});
    auto const made = host.evaluate(stopping("!canary"), noon).value().tags.at(0);
    BOOST_TEST(made.confidence == 0.25);
    BOOST_TEST(made.clipped_from.value() == 0.9);
}

BOOST_AUTO_TEST_CASE(a_disabled_rule_gives_none) {
    add(rule_matching(slow));
    host.apply({++newest, "R1", rule_state::disabled("noisy")});
    BOOST_TEST(host.evaluate(stopping("!canary"), noon).value().tags.empty());
}

BOOST_AUTO_TEST_CASE(explain_reports_the_same) {
    add(rule_matching(slow));
    auto explanation = host.explain("R1", stopping("!canary"), noon);
    BOOST_TEST(explanation.at("verdict") == "tags undecided, with half the confidence: an expression hit its limit");
    BOOST_TEST(explanation.at("matched") == false);
    BOOST_TEST(explanation.at("undecided") == true);
    add(rule_matching("{pattern: '^(?=\\w)(?:\\w+\\s?)+$'}"));
    explanation = host.explain("R1", stopping(""), noon);
    BOOST_TEST(explanation.at("verdict") ==
               "no tag: an expression hit its limit, and no word occurs that the rule asks for");
    BOOST_TEST(!explanation.contains("undecided"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
