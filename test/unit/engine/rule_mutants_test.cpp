#include <rulehost/rule_tests.hpp>

#include "support/definitions.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace rulehost {

using test::definition_of;

namespace {

std::vector<rule_mutant> mutants_of(std::string_view match, std::string_view tests,
                                    noticing_tests wanted = noticing_tests::none) {
    std::string yaml = "rule_id: R1\nname: a rule\napplies_to: [command]\nmatch: ";
    yaml.append(match)
        .append("\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\ntests:\n")
        .append(tests);
    return run_rule_mutants(definition_of(yaml), wanted);
}

/// The changes that no test detected.
std::vector<std::string> unnoticed(std::string_view match, std::string_view tests) {
    std::vector<std::string> changes;
    for (auto const& mutant : mutants_of(match, tests))
        if (!mutant.noticed)
            changes.push_back(mutant.change);
    return changes;
}

constexpr std::string_view positive = "  - {event: {command_text: wget 1, n: 9}, expect: [T1105]}\n";

} // namespace

BOOST_AUTO_TEST_SUITE(rule_mutants)

BOOST_AUTO_TEST_CASE(unnoticed_change_comes_with_a_test_that_notices_it) {
    for (std::string const match :
         {R"({pattern: '\bwget \d'})", R"({pattern: 'wget [0-9]$'})", "{field: n, at_least: 8}", "{starts_with: wget}",
          "{all_of: [{contains: wget}, {field: n, equals: 9}]}"}) {
        BOOST_TEST_CONTEXT(match) {
            std::string tests{positive};
            auto const made = mutants_of(match, tests, noticing_tests::search);
            auto const weak = std::ranges::find(made, false, &rule_mutant::noticed);
            BOOST_REQUIRE(weak != made.end());
            BOOST_REQUIRE(weak->noticing);
            BOOST_TEST(weak->noticing->events.size() == 1u);
            auto const line = boost::json::serialize(weak->noticing->events.front().payload);
            tests += "  - {event: " + line + ", expect: [" + (weak->noticing->expected.empty() ? "" : "T1105") + "]}\n";
            auto const again = mutants_of(match, tests);
            BOOST_TEST(std::ranges::find(again, weak->change, &rule_mutant::change)->noticed);
        }
    }
}

BOOST_AUTO_TEST_CASE(changed_expression_is_reported_and_no_test_is_searched_unless_requested) {
    auto const made = mutants_of(R"({pattern: '\bwget'})", positive);
    BOOST_REQUIRE(!made.empty());
    BOOST_TEST(made.front().expression == "wget");
    BOOST_TEST(!made.front().noticing.has_value());
    BOOST_TEST(mutants_of("{field: n, at_least: 9}", positive).front().expression == "");
}

BOOST_AUTO_TEST_CASE(change_that_no_text_shows_has_no_test) {
    auto const made = mutants_of(R"({pattern: '^.*wget'})", positive, noticing_tests::search);
    BOOST_REQUIRE(made.size() == 1u);
    BOOST_TEST(!made.front().noticed);
    BOOST_TEST(!made.front().noticing.has_value());
}

BOOST_AUTO_TEST_CASE(dropped_condition_needs_a_test_that_it_alone_decides) {
    constexpr std::string_view both = "{all_of: [{contains: wget}, {field: n, equals: 9}]}";
    BOOST_TEST(unnoticed(both, positive).size() == 2u);
    BOOST_TEST(
        unnoticed(both, std::string(positive) + "  - {event: {command_text: wget, n: 1}, expect: []}\n").size() == 1u);
    BOOST_TEST(unnoticed(both,
                         std::string(positive) +
                             "  - {event: {command_text: wget, n: 1}, expect: []}\n"
                             "  - {event: {command_text: ls, n: 9}, expect: []}\n")
                   .empty());
    constexpr std::string_view either = "{any_of: [{contains: wget}, {contains: curl}]}";
    BOOST_TEST(unnoticed(either, positive).size() == 1u);
    BOOST_TEST(
        unnoticed(either, std::string(positive) + "  - {event: {command_text: curl}, expect: [T1105]}\n").empty());
}

BOOST_AUTO_TEST_CASE(widened_expression_needs_a_near_miss) {
    constexpr std::string_view match = R"({pattern: '\bwget \d'})";
    auto const weak = unnoticed(match, positive);
    BOOST_REQUIRE_EQUAL(weak.size(), 2u);
    BOOST_TEST(std::ranges::count(weak, R"('\b' left out at offset 0)") == 1);
    BOOST_TEST(std::ranges::count(weak, R"('\d' became '.' at offset 7)") == 1);
    BOOST_TEST(unnoticed(match,
                         std::string(positive) +
                             "  - {event: {command_text: mywget 1}, expect: []}\n"
                             "  - {event: {command_text: wget x}, expect: []}\n")
                   .empty());
}

BOOST_AUTO_TEST_CASE(number_of_changes_to_an_expression_is_bounded) {
    std::string many = "{pattern: 'wget";
    for (int i = 0; i != 200; ++i)
        many += "\\d?";
    BOOST_TEST(mutants_of(many + "'}", positive).size() <= 6u);
}

BOOST_AUTO_TEST_CASE(moved_threshold_needs_a_test_at_it) {
    constexpr std::string_view match = "{field: n, at_least: 5}";
    BOOST_TEST(unnoticed(match, positive) == std::vector<std::string>{"at_least became greater_than"},
               boost::test_tools::per_element());
    BOOST_TEST(unnoticed(match, std::string(positive) + "  - {event: {n: 5}, expect: [T1105]}\n").empty());
}

BOOST_AUTO_TEST_CASE(wider_network_needs_its_neighbour) {
    constexpr std::string_view match = "{field: n, cidr: 10.0.0.0/9}";
    constexpr std::string_view inside = "  - {event: {n: 10.0.0.1}, expect: [T1105]}\n";
    BOOST_TEST(unnoticed(match, inside).size() == 1u);
    BOOST_TEST(unnoticed(match, std::string(inside) + "  - {event: {n: 10.128.0.1}, expect: []}\n").empty());
}

BOOST_AUTO_TEST_CASE(window_is_held_to_its_threshold_length_and_groups) {
    constexpr std::string_view match = "{window: {count: {at_least: 2}, within: 5m, group_by: [session_id]}}";
    std::string tests = "  - {events: [{at: 0s, payload: {a: 1}}, {at: 5m, payload: {a: 2}}], expect: [T1105]}\n";
    BOOST_TEST(unnoticed(match, tests).size() == 3u);
    tests += "  - {events: [{at: 0s, payload: {a: 1}}], expect: []}\n";
    BOOST_TEST(unnoticed(match, tests).size() == 2u);
    tests += "  - {events: [{at: 0s, payload: {a: 1}}, {at: 6m, payload: {a: 2}}], expect: []}\n";
    BOOST_TEST(unnoticed(match, tests).size() == 1u);
    tests += "  - {events: [{at: 0s, session_id: x, payload: {a: 1}}, {at: 1s, session_id: y, payload: {a: 2}}], "
             "expect: []}\n";
    BOOST_TEST(unnoticed(match, tests).empty());
}

BOOST_AUTO_TEST_CASE(change_is_reported_with_its_line) {
    auto const mutants = mutants_of("\n  all_of:\n    - contains: wget\n    - contains: http", positive);
    BOOST_REQUIRE_EQUAL(mutants.size(), 2u);
    BOOST_TEST(mutants[0].line == 6u);
    BOOST_TEST(mutants[1].line == 7u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
