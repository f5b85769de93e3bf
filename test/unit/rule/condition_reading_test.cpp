#include "rule_text.hpp"

#include "regex/regex.hpp"

namespace {

using namespace rulehost;
using namespace rulehost::test;

std::shared_ptr<rule_definition const> rule_with(std::string match) {
    rule_text text;
    text.match = "match: " + std::move(match);
    return definition_of(text.text());
}

condition test_with(std::string match) {
    return rule_with(std::move(match))->match;
}

BOOST_AUTO_TEST_SUITE(condition_reading)

BOOST_AUTO_TEST_CASE(each_operator_becomes_its_comparison) {
    struct row {
        std::string_view yaml;
        comparison compare;
        std::vector<boost::json::value> operands;
    };
    std::vector<row> const rows{
        {"contains: x", comparison::contains, {"x"}},
        {"contains: [x, '1']", comparison::contains, {"x", "1"}},
        {"starts_with: x", comparison::starts_with, {"x"}},
        {"ends_with: [x, y]", comparison::ends_with, {"x", "y"}},
        {"equals: x", comparison::equals, {"x"}},
        {"equals: 5", comparison::equals, {5}},
        {"equals: '5'", comparison::equals, {"5"}},
        {"equals: 1.5", comparison::equals, {1.5}},
        {"equals: true", comparison::equals, {true}},
        {"equals: 'yes'", comparison::equals, {"yes"}},
        {"one_of: [1, a, false]", comparison::one_of, {1, "a", false}},
        {"cidr: 10.0.0.0/8", comparison::cidr, {"10.0.0.0/8"}},
        {"cidr: [192.0.2.1, '2001:db8::/32']", comparison::cidr, {"192.0.2.1", "2001:db8::/32"}},
        {"exists: false", comparison::exists, {false}},
        {"greater_than: 1", comparison::greater_than, {1}},
        {"at_least: -2.5", comparison::at_least, {-2.5}},
        {"less_than: 1e3", comparison::less_than, {1000.0}},
        {"at_most: +7", comparison::at_most, {7}},
    };
    for (auto const& expected : rows) {
        BOOST_TEST_CONTEXT(expected.yaml) {
            auto const test = test_with("{field: a.b, " + std::string(expected.yaml) + "}");
            BOOST_TEST((test.kind == condition::node::test));
            BOOST_TEST(test.field.keys == (std::vector<std::string>{"a", "b"}), boost::test_tools::per_element());
            BOOST_TEST((test.compare == expected.compare));
            BOOST_TEST((test.operands == expected.operands));
            BOOST_TEST((test.measured == condition::measure::value));
            BOOST_TEST((test.quantifier == condition::elements::any));
            BOOST_TEST((test.matching == condition::letter_case::exact));
            BOOST_TEST((test.shell == condition::shell_text::normalised));
        }
    }
}

BOOST_AUTO_TEST_CASE(length_compares_the_measure) {
    auto const test = test_with("{field: a, length: {at_most: 40}}");
    BOOST_TEST((test.measured == condition::measure::length));
    BOOST_TEST((test.compare == comparison::at_most));
    BOOST_TEST((test.operands == std::vector<boost::json::value>{40}));
}

BOOST_AUTO_TEST_CASE(two_fields_compare) {
    BOOST_TEST(test_with("{field: a, equals_field: b.c}").other.text() == "b.c");
    BOOST_TEST((test_with("{field: a, differs_from_field: b}").compare == comparison::differs_from_field));
}

BOOST_AUTO_TEST_CASE(modifiers_are_read) {
    auto const test = test_with("{contains: x, ignore_case: true, all: true, normalise: false}");
    BOOST_TEST((test.matching == condition::letter_case::ignored));
    BOOST_TEST((test.quantifier == condition::elements::all));
    BOOST_TEST((test.shell == condition::shell_text::raw));
    BOOST_TEST((test_with("{pattern: ABC, ignore_case: true}").expression->search("xabc") == regex::outcome::match));
}

BOOST_AUTO_TEST_CASE(combinations_nest) {
    auto const match = test_with("{all_of: [{any_of: [{contains: a}, {contains: b}]}, {not: {contains: c}}]}");
    BOOST_TEST((match.kind == condition::node::all_of));
    BOOST_TEST((match.children[0].kind == condition::node::any_of));
    BOOST_TEST(match.children[0].children.size() == 2u);
    BOOST_TEST((match.children[1].kind == condition::node::none_of));
    BOOST_TEST(match.children[1].children.size() == 1u);
}

BOOST_AUTO_TEST_CASE(windows_are_kept_beside_the_tree) {
    auto const rule =
        rule_with("{any_of: ["
                  "{contains: x}, "
                  "{window: {of: {contains: y}, count: {at_least: 5}, within: 1h30m, group_by: [attacker_uuid, user], "
                  "repeat: true}}, "
                  "{window: {distinct_count: {field: username, at_least: 3}, within: 5m, group_by: [attacker_uuid]}}, "
                  "{window: {sequence: [{contains: a}, {contains: b}], within: 20s, group_by: [session_id]}}]}");
    BOOST_REQUIRE_EQUAL(rule->windows.size(), 3u);
    BOOST_TEST((rule->match.children[2].kind == condition::node::window));
    BOOST_TEST(rule->match.children[2].window_index == 1u);

    auto const& count = rule->windows[0];
    BOOST_TEST((count.kind == correlation::node::count));
    BOOST_TEST(count.threshold == 5u);
    BOOST_TEST((count.within == std::chrono::minutes{90}));
    BOOST_TEST(count.group_by.size() == 2u);
    BOOST_TEST((count.fires == correlation::firing::every_event));
    BOOST_TEST((count.steps[0].compare == comparison::contains));

    auto const& distinct = rule->windows[1];
    BOOST_TEST((distinct.kind == correlation::node::distinct_count));
    BOOST_TEST(distinct.distinct.text() == "username");
    BOOST_TEST(distinct.threshold == 3u);
    BOOST_TEST((distinct.fires == correlation::firing::once_per_window));
    BOOST_REQUIRE_EQUAL(distinct.steps.size(), 1u);
    BOOST_TEST((distinct.steps[0].kind == condition::node::all_of));
    BOOST_TEST(distinct.steps[0].children.empty());

    BOOST_TEST((rule->windows[2].kind == correlation::node::sequence));
    BOOST_TEST(rule->windows[2].steps.size() == 2u);
}

BOOST_AUTO_TEST_CASE(window_may_be_the_whole_match) {
    auto const rule = rule_with("{window: {count: {at_least: 2}, within: 1m, group_by: [attacker_uuid]}}");
    BOOST_TEST((rule->match.kind == condition::node::window));
    BOOST_TEST(rule->windows.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
