#include "match/needed_tests.hpp"

#include <rulehost/rule_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace rulehost {

namespace {

/// Tests are numbered in the order of the text.
test_lists needed(std::string const& kind, std::string const& condition) {
    auto const documents = read_rules("rule_id: R1\nname: a_test\napplies_to: [" + kind + "]\nmatch: " + condition +
                                          "\nemits: [{tactic: TA0011, technique_id: T1105, confidence: 0.9}]\n",
                                      "test.yaml");
    BOOST_REQUIRE_MESSAGE(documents.at(0).definition, condition);
    std::uint32_t tests = 0;
    return needed_tests(predicate(documents[0].definition->match, kind, tests));
}

} // namespace

BOOST_AUTO_TEST_SUITE(needed_tests_of_conditions)

BOOST_AUTO_TEST_CASE(all_of_needs_each_and_any_of_one) {
    std::string const both = "[{field: a, equals: x1}, {field: b, equals: x2}]}";
    BOOST_TEST((needed("http_request", "{all_of: " + both) == test_lists{{0}, {1}}));
    BOOST_TEST((needed("http_request", "{any_of: " + both) == test_lists{{0, 1}}));
}

BOOST_AUTO_TEST_CASE(nothing_is_needed_for_what_must_not_hold) {
    BOOST_TEST((needed("http_request", "{not: {field: a, equals: x1}}") == test_lists{}));
    BOOST_TEST(
        (needed("http_request", "{any_of: [{field: a, equals: x1}, {not: {field: b, equals: x2}}]}") == test_lists{}));
    BOOST_TEST((needed("http_request", "{all_of: [{not: {field: a, equals: x1}}, {field: b, equals: x2}]}") ==
                test_lists{{1}}));
}

BOOST_AUTO_TEST_CASE(one_map_of_each_step_is_needed) {
    BOOST_TEST((needed("command", "{command: [{program: wget}, {program: curl}]}") == test_lists{{0, 1}}));
    BOOST_TEST((needed("command", "{commands_in_order: [[{program: wget}, {program: curl}], {program: chmod}]}") ==
                test_lists{{0, 1}, {2}}));
}

BOOST_AUTO_TEST_CASE(of_several_lists_the_shortest_stands_for_all_of) {
    BOOST_TEST((needed("command",
                       "{any_of: [{all_of: [{command: [{program: a1}, {program: a2}]}, {command: {program: "
                       "a3}}]}, {command: {program: a4}}]}") == test_lists{{2, 3}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
