#include "rule_text.hpp"

#include "rule/unknown_fields.hpp"

#include "support/shipped_rules.hpp"

#include <rulehost/adapter_table.hpp>

namespace {

using namespace rulehost;
using namespace rulehost::test;

field_names sent_by(adapter_table const& adapters) {
    auto const names = adapters.payload_fields();
    return {names.begin(), names.end()};
}

std::vector<diagnostic> fields_of(std::string const& match, std::string const& more = {},
                                  field_names const& sent = {}) {
    rule_text rule;
    rule.match = "match: " + match;
    rule.more = more;
    return unknown_fields(*definition_of(rule.text()), sent);
}

BOOST_AUTO_TEST_SUITE(fields_that_nobody_sends)

BOOST_AUTO_TEST_CASE(misspelt_field_is_warned_of_at_its_place) {
    auto const found = fields_of("{field: command_txt, pattern: abc}");
    BOOST_REQUIRE_EQUAL(found.size(), 1u);
    BOOST_TEST(found[0].code == "unknown-field");
    BOOST_TEST((found[0].level == severity::warning));
    BOOST_TEST(found[0].line == 4u);
    BOOST_TEST(found[0].column == 16u);
    BOOST_TEST(found[0].hint == "did you mean 'command_text'?");
    BOOST_TEST(found[0].rule_id == "R0001");
    BOOST_TEST(found[0].path == "a.yaml");
}

BOOST_AUTO_TEST_CASE(every_place_of_a_field_is_checked) {
    BOOST_TEST(fields_of("{pattern: abc}", "evidence_fields: [commandtext]\n").at(0).hint ==
               "did you mean 'command_text'?");
    BOOST_TEST(fields_of("{window: {count: {at_least: 2}, within: 5m, group_by: [session]}}").at(0).hint ==
               "did you mean 'session_id'?");
    BOOST_TEST(fields_of("{window: {distinct_count: {field: q7, at_least: 2}, within: 5m, group_by: [src]}}").size() ==
               1u);
    BOOST_TEST(
        fields_of("{window: {of: {field: q7, equals: 1}, count: {at_least: 2}, within: 5m, group_by: [src]}}").size() ==
        1u);
    BOOST_TEST(fields_of("{any_of: [{not: {field: q7, exists: true}}, {field: src, equals_field: q8}]}").size() == 2u);
    BOOST_TEST(fields_of("{field: src, differs_from_field: q7}").size() == 1u);
    rule_text rule;
    rule.emits = "emits: [{by_value: q7, values: {x: [{technique_id: T1083, tactic: TA0007, confidence: 0.9, "
                 "scaled_by: {field: q8, full_at: 2}}]}}]";
    BOOST_TEST(unknown_fields(*definition_of(rule.text()), {}).size() == 2u);
}

BOOST_AUTO_TEST_CASE(anchors_members_of_known_fields_and_what_adapters_name_are_known) {
    BOOST_TEST(fields_of("{field: attacker_uuid, equals: a}").empty());
    BOOST_TEST(fields_of("{field: headers.x-forwarded-for, equals: a}").empty());
    BOOST_TEST(fields_of("{field: peer_port, equals: 1}").size() == 1u);
    BOOST_TEST(fields_of("{field: peer_port, equals: 1}", "", {"peer_port"}).empty());
    BOOST_TEST(fields_of("{pattern: a}", "tests: [{event: {field: q7, command_text: a}, expect: [T1083]}]\n").empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_known_of_fields_of_an_unknown_kind) {
    rule_text rule;
    rule.applies_to = "applies_to: [own_kind]";
    rule.match = "match: {field: q7, equals: 1}";
    BOOST_TEST(unknown_fields(*read_one(rule.text()).definition, {}).empty());
    rule.applies_to = "applies_to: [own_kind, command]";
    BOOST_TEST(unknown_fields(*read_one(rule.text()).definition, {}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(adapters_fields_are_those_that_stay_in_the_payload) {
    auto const shipped = sent_by(*adapter_table::shipped());
    for (auto const* const name : {"src", "command_text", "service", "result", "alert", "url"})
        BOOST_TEST(shipped.contains(name), name);
    for (auto const* const name : {"eventid", "session", "src_host", "input"})
        BOOST_TEST(!shipped.contains(name), name);
    adapter_table more;
    BOOST_TEST(more.add("adapter: own\nleave_out: [at]\nid: [at]\nevents:\n  - {source_kind: command, for_each: lines, "
                        "with: [port], "
                        "rename: {a.line: command_text, b: c}, transform: {n: number}, add: {d: e}}\n",
                        "own.yaml")
                   .empty());
    BOOST_TEST((sent_by(more) == field_names{"a", "c", "command_text", "d", "n", "port"}));
}

BOOST_AUTO_TEST_CASE(no_shipped_rule_is_warned_of) {
    auto const sent = sent_by(*adapter_table::shipped());
    std::size_t rules = 0;
    for (auto const& document : shipped_rules()) {
        BOOST_REQUIRE(document.definition);
        BOOST_TEST(all_text(document.diagnostics) == "");
        BOOST_TEST(all_text(unknown_fields(*document.definition, sent)) == "");
        ++rules;
    }
    BOOST_TEST(rules > 200u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
