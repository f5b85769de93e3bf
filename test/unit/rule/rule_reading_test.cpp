#include "rule_text.hpp"

#include "regex/regex.hpp"

#include <boost/json/object.hpp>

namespace {

using namespace rulehost;
using namespace rulehost::test;

constexpr std::string_view classic = R"(rule_id: R0015
rule_version: 1
name: suid_search
description: find with a SUID predicate
applies_to: [command]
match:
  field: command_text          # default field of the source_kind if left out
  pattern: '\bfind\b.*-perm\s+(?:-?u\+?=s|-?4000|/4000)'
emits:
  - {tactic: TA0007, technique_id: T1083, confidence: 0.85}
  - {tactic: TA0004, technique_id: T1548, sub_technique_id: T1548.001, confidence: 0.95}
evidence_fields: [command_text]
)";

BOOST_AUTO_TEST_SUITE(rule_reading)

BOOST_AUTO_TEST_CASE(classic_rule_loads_unchanged) {
    auto const rule = definition_of(classic);
    BOOST_TEST(rule->rule_id == "R0015");
    BOOST_TEST(rule->rule_version == 1);
    BOOST_TEST(rule->name == "suid_search");
    BOOST_TEST(rule->description == "find with a SUID predicate");
    BOOST_TEST(rule->applies_to == std::vector<std::string>{"command"});
    BOOST_TEST((rule->match.kind == condition::node::test));
    BOOST_TEST(rule->match.field.text() == "command_text");
    BOOST_TEST(rule->match.line == 7u);
    BOOST_REQUIRE(rule->match.expression);
    BOOST_TEST((rule->match.expression->search("find / -perm -4000 -type f") == regex::outcome::match));
    BOOST_REQUIRE_EQUAL(rule->emits.size(), 2u);
    BOOST_TEST(rule->emits[0].technique_id == "T1083");
    BOOST_TEST(rule->emits[0].tactic == "TA0007");
    BOOST_TEST(rule->emits[0].confidence == 0.85);
    BOOST_TEST(rule->emits[1].sub_technique_id == "T1548.001");
    BOOST_TEST((rule->evidence_fields == std::vector<field_path>{{{"command_text"}}}));
    BOOST_TEST(rule->path == "a.yaml");
    BOOST_TEST(rule->line == 1u);
    BOOST_TEST(rule->text == classic);
}

BOOST_AUTO_TEST_CASE(optional_keys_of_older_files_load) {
    rule_text text;
    text.applies_to = "applies_to: [{source_kind: http_request}, command]";
    text.more = "attack_release: 15.1\nlast_reviewed: 2026-01-31\nnext_review: '2027-01-31'\nreferences: "
                "[https://example.org/]\n";
    auto const rule = definition_of(text.text());
    BOOST_TEST(rule->applies_to == (std::vector<std::string>{"command", "http_request"}),
               boost::test_tools::per_element());
    BOOST_TEST(rule->attack_release == "15.1");
    BOOST_TEST(rule->last_reviewed == "2026-01-31");
    BOOST_TEST(rule->next_review == "2027-01-31");
    BOOST_TEST(rule->references.size() == 1u);
    BOOST_TEST(rule->match.field.keys.empty());
}

BOOST_AUTO_TEST_CASE(rule_for_another_evaluator_is_inert_and_no_error) {
    rule_text text;
    text.match = "match:\n  kind: lifter:brute_force\n  threshold: 5\n  whatever: [1, 2]";
    auto const document = read_one(text.text());
    BOOST_REQUIRE(document.definition);
    BOOST_TEST((document.definition->match.kind == condition::node::never));
    BOOST_REQUIRE_EQUAL(document.diagnostics.size(), 1u);
    BOOST_TEST(document.diagnostics[0].code == "inert-rule");
}

BOOST_AUTO_TEST_CASE(left_out_tactic_and_confidence_are_filled_in) {
    rule_text text;
    text.emits = "emits: [{technique_id: T1053, sub_technique_id: T1053.003}]";
    auto const document = read_one(text.text());
    BOOST_REQUIRE(document.definition);
    BOOST_TEST(document.definition->emits[0].tactic == "TA0002");
    BOOST_TEST(document.definition->emits[0].confidence == 0.7);
    BOOST_TEST(has_code(document.diagnostics, "missing-confidence"));
    BOOST_TEST(has_code(document.diagnostics, "ambiguous-tactic"));
}

BOOST_AUTO_TEST_CASE(only_tactic_of_a_technique_is_taken_without_a_warning) {
    rule_text text;
    text.emits = "emits: [{technique_id: T1083, confidence: 1}]";
    BOOST_TEST(definition_of(text.text())->emits[0].tactic == "TA0007");
}

BOOST_AUTO_TEST_CASE(emissions_by_value_compare_in_lower_case) {
    rule_text text;
    text.emits =
        "emits:\n"
        "  - by_value: abuseipdb_categories\n"
        "    values:\n"
        "      18: [{technique_id: T1110, tactic: TA0006, confidence: 0.8, scaled_by: {field: score, full_at: 100}}]\n"
        "      SSH: [{technique_id: T1083, tactic: TA0007, confidence: 0.8}]\n";
    auto const rule = definition_of(text.text());
    BOOST_TEST(rule->emits.empty());
    BOOST_REQUIRE_EQUAL(rule->emits_by_value.size(), 1u);
    auto const& table = rule->emits_by_value[0];
    BOOST_TEST(table.field.text() == "abuseipdb_categories");
    BOOST_REQUIRE(table.values.contains("18"));
    BOOST_REQUIRE(table.values.contains("ssh"));
    BOOST_TEST(table.values.at("18")[0].scaled_by.text() == "score");
    BOOST_TEST(table.values.at("18")[0].full_scale == 100);
}

BOOST_AUTO_TEST_CASE(tests_of_a_rule_are_read) {
    rule_text text;
    text.applies_to = "applies_to: [payload, command]";
    text.more = "tests:\n"
                "  - {name: plain, event: {payload_text: abc, n: 3, f: 1.5, ok: true, none: null, list: [1, '1']}, "
                "expect: [T1083]}\n"
                "  - events:\n"
                "      - {payload: {}}\n"
                "      - {at: 1m30s, source_kind: command, session_id: s1, payload: {command_text: abc}}\n"
                "    expect: []\n";
    auto const rule = definition_of(text.text());
    BOOST_REQUIRE_EQUAL(rule->tests.size(), 2u);
    auto const& plain = rule->tests[0];
    BOOST_TEST(plain.name == "plain");
    BOOST_TEST(plain.line == 7u);
    BOOST_TEST(plain.events[0].source_kind == "payload");
    BOOST_TEST(plain.expected == std::vector<std::string>{"T1083"});
    BOOST_TEST(
        plain.events[0].payload ==
        (boost::json::object{
            {"payload_text", "abc"}, {"n", 3}, {"f", 1.5}, {"ok", true}, {"none", nullptr}, {"list", {1, "1"}}}));
    auto const& sequence = rule->tests[1];
    BOOST_TEST(sequence.expected.empty());
    BOOST_TEST((sequence.events[1].at == std::chrono::seconds{90}));
    BOOST_TEST(sequence.events[1].source_kind == "command");
    BOOST_TEST(sequence.events[1].anchors == (boost::json::object{{"session_id", "s1"}}));
}

BOOST_AUTO_TEST_CASE(documents_keep_their_bytes_lines_and_fate_apart) {
    std::string const first = "# a comment\r\n---\r\n" + rule_text().text();
    std::string const broken = "---\nrule_id: R0002\nname: [\n";
    rule_text third_rule;
    third_rule.id = "rule_id: R0003";
    std::string const third = "--- # the last\n" + third_rule.text() + "\n# trailing\n";
    auto const documents = read_rules(first + broken + third, "dir/many.yaml");
    BOOST_REQUIRE_EQUAL(documents.size(), 3u);
    BOOST_TEST(documents[0].text == first);
    BOOST_TEST(documents[1].text == broken);
    BOOST_TEST(documents[2].text == third);
    BOOST_TEST((documents[0].definition && !documents[1].definition && documents[2].definition));
    BOOST_TEST(documents[1].rule_id == "R0002");
    BOOST_TEST(documents[1].line == 8u);
    BOOST_TEST(documents[2].definition->text == third);
    BOOST_TEST(documents[2].definition->line == 11u);
    BOOST_TEST(documents[2].definition->match.line == 15u);
}

BOOST_AUTO_TEST_CASE(text_of_a_document_reads_back_as_the_same_rule) {
    auto const documents = read_rules("---\n" + std::string(classic) + "---\n" + rule_text().text(), "a.yaml");
    for (auto const& document : documents) {
        BOOST_REQUIRE(document.definition);
        auto const again = read_one(document.definition->text);
        BOOST_REQUIRE(again.definition);
        BOOST_TEST(again.definition->text == document.definition->text);
        BOOST_TEST(again.definition->content_hash == document.definition->content_hash);
        BOOST_TEST(again.rule_id == document.rule_id);
    }
    BOOST_TEST(documents[0].definition->content_hash != documents[1].definition->content_hash);
}

BOOST_AUTO_TEST_CASE(separator_inside_a_block_text_is_no_separator) {
    rule_text text;
    text.more = "description: |\n  ---\n  rule_id: x\n";
    BOOST_TEST(definition_of(text.text())->description == "---\nrule_id: x\n");
}

BOOST_AUTO_TEST_CASE(separators_around_nothing_are_ignored) {
    BOOST_TEST(read_rules("---\n---\n" + rule_text().text() + "---\n# end\n", "a.yaml").size() == 1u);
}

BOOST_AUTO_TEST_CASE(byte_order_mark_and_carriage_returns_are_no_findings) {
    auto text = "\xef\xbb\xbf" + rule_text().text();
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\r');
    BOOST_TEST(definition_of(text)->text == text);
}

BOOST_AUTO_TEST_CASE(blanks_where_the_file_ends_are_no_part_of_a_folded_text) {
    rule_text text;
    text.more = "description: >-\n  a\n  b\n  ";
    BOOST_TEST(definition_of(text.text())->description == "a b");
    text.more = "description: >\n  a\n  ";
    BOOST_TEST(definition_of(text.text())->description == "a\n");
}

BOOST_AUTO_TEST_CASE(rule_id_is_known_even_when_the_text_is_not_yaml) {
    BOOST_TEST(read_one("name: [\nrule_id: 'R0042' # mine\n").rule_id == "R0042");
    BOOST_TEST(read_one("\xff\xfe\nrule_id: R7\n").rule_id == "R7");
    BOOST_TEST(read_one("rule_id: 'bad id'\n").rule_id.empty());
}

BOOST_AUTO_TEST_CASE(alias_stands_for_what_it_names) {
    rule_text text;
    text.match = "match: {any_of: [&test {field: a, contains: x}, {not: *test}]}";
    auto const rule = definition_of(text.text());
    BOOST_TEST(rule->match.children[1].children[0].operands[0] == "x");
}

BOOST_AUTO_TEST_CASE(id_claimed_twice_is_an_error_that_names_both_places) {
    auto documents = read_rules(rule_text().text(), "a.yaml");
    for (auto const& more : read_rules("# second\n" + rule_text().text() + "---\nrule_id: R0009\nname: [", "b.yaml"))
        documents.push_back(more);
    auto const all = check_rules(documents);
    BOOST_REQUIRE_EQUAL(all.size(), 2u);
    BOOST_TEST(all[0].code == "duplicate-rule");
    BOOST_TEST(all[0].path == "b.yaml");
    BOOST_TEST(all[0].line == 2u);
    BOOST_TEST(all[0].rule_id == "R0001");
    BOOST_TEST(all[0].message.find("a.yaml:1") != std::string::npos);
    BOOST_TEST(all[1].code == "invalid-yaml");
}

BOOST_AUTO_TEST_CASE(default_fields_are_those_of_the_source_kinds) {
    BOOST_TEST(default_field("command") == "command_text");
    BOOST_TEST(default_field("http_request") == "raw_url");
    BOOST_TEST(default_field("email") == "subject");
    BOOST_TEST(default_field("intel") == "verdict");
    BOOST_TEST(default_field("canary_fingerprint") == "ua_signature");
    BOOST_TEST(default_field("auth_attempt") == "username");
    BOOST_TEST(default_field("payload") == "payload_text");
    BOOST_TEST(default_field("session").empty());
    BOOST_TEST(default_field("unheard_of").empty());
}

BOOST_AUTO_TEST_CASE(attack_table_rewrites_no_id_that_a_rule_names) {
    rule_text rule;
    rule.emits = "emits: [{technique_id: T1562, sub_technique_id: T1562.001, tactic: TA0005, confidence: 0.9}]";
    auto const revoked = read_one(rule.text());
    BOOST_REQUIRE(revoked.definition);
    BOOST_TEST(revoked.definition->emits.front().technique_id == "T1562");
    BOOST_TEST(revoked.definition->emits.front().sub_technique_id == "T1562.001");
    BOOST_TEST(revoked.definition->emits.front().tactic == "TA0005");
    rule.emits = "emits: [{technique_id: T1222, tactic: Defense Evasion, confidence: 0.9}]";
    auto const former = read_one(rule.text());
    BOOST_REQUIRE(former.definition);
    BOOST_TEST(former.definition->emits.front().tactic == "TA0005");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
