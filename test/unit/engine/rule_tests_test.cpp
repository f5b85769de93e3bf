#include <rulehost/rule_tests.hpp>

#include "support/definitions.hpp"

#include <boost/test/unit_test.hpp>

namespace rulehost {

using test::definition_of;

namespace {

std::vector<diagnostic> failures_of(std::string_view tests, std::string_view match = "{pattern: wget}") {
    std::string yaml = "rule_id: R1\nname: a rule\napplies_to: [command]\nmatch: ";
    yaml.append(match)
        .append("\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.2}]\ntests:\n")
        .append(tests);
    return run_rule_tests(definition_of(yaml));
}

} // namespace

BOOST_AUTO_TEST_SUITE(rule_tests)

BOOST_AUTO_TEST_CASE(rule_that_does_as_it_says_passes) {
    BOOST_TEST(failures_of("  - {event: {command_text: wget x}, expect: [T1105]}\n"
                           "  - {event: {command_text: ls}, expect: []}\n")
                   .empty());
}

BOOST_AUTO_TEST_CASE(each_unmet_expectation_is_an_error_at_its_line) {
    auto const failures = failures_of("  - {name: silent, event: {command_text: wget x}, expect: []}\n"
                                      "  - {event: {command_text: wget x}, expect: [T1105]}\n"
                                      "  - {event: {command_text: ls}, expect: [T1105]}\n");
    BOOST_REQUIRE_EQUAL(failures.size(), 2u);
    BOOST_TEST(failures[0].code == "rule-test-failed");
    BOOST_TEST(failures[0].line == 7u);
    BOOST_TEST(failures[0].rule_id == "R1");
    BOOST_TEST(failures[0].path == "test.yaml");
    BOOST_TEST(failures[0].message == "test 'silent' expects nothing, the rule emits T1105");
    BOOST_TEST(failures[1].line == 9u);
    BOOST_TEST(has_errors(failures));
}

BOOST_AUTO_TEST_CASE(sequences_run_in_their_own_time_and_from_a_fresh_start) {
    constexpr std::string_view match = "{window: {count: {at_least: 2}, within: 5m, group_by: [session_id]}}";
    BOOST_TEST(
        failures_of(
            "  - {events: [{at: 0s, payload: {command_text: a}}, {at: 5m, payload: {command_text: b}}], expect: "
            "[T1105]}\n"
            "  - {events: [{at: 0s, payload: {command_text: a}}], expect: []}\n"
            "  - {events: [{at: 0s, payload: {command_text: a}}, {at: 6m, payload: {command_text: b}}], expect: []}\n"
            "  - {events: [{at: 0s, session_id: x, payload: {a: 1}}, {at: 1s, session_id: y, payload: {a: 1}}], "
            "expect: []}\n",
            match)
            .empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
