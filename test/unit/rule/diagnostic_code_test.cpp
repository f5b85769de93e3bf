#include "rule_text.hpp"

#include <fstream>
#include <iterator>
#include <set>

namespace {

using namespace rulehost;
using namespace rulehost::test;

struct expectation {
    std::string text;
    std::string_view code;
    std::size_t line;
    std::size_t column;
    std::string_view message; ///< a part of it
    std::string_view hint = {};
};

std::string with_match(std::string match) {
    rule_text rule;
    rule.match = "match: " + match;
    return rule.text();
}
std::string with_emits(std::string emits) {
    rule_text rule;
    rule.emits = "emits: " + emits;
    return rule.text();
}
std::string with(std::string more) {
    rule_text rule;
    rule.more = std::move(more) + '\n';
    return rule.text();
}
std::string with_kinds(std::string kinds) {
    rule_text rule;
    rule.applies_to = "applies_to: " + kinds;
    return rule.text();
}
std::string with_id(std::string id) {
    rule_text rule;
    rule.id = std::move(id);
    return rule.text();
}

std::string const good = rule_text().text();
std::string const emission = "technique_id: T1083, tactic: TA0007, confidence: 0.9";

std::vector<expectation> const expectations{
    // The text as such
    {good + std::string(256 * 1024, '#'), "too-large", 0, 0, "262144 are allowed"},
    {"rule_id: R1\nname: a\x01"
     "b\n",
     "not-text", 2, 8, "a control character"},
    {std::string("rule_id: R1\nname: \0\n", 20), "not-text", 2, 7, "a control character"},
    {"rule_id: R1\nname: caf\xe9\n", "not-text", 2, 10, "not UTF-8"},
    {"rule_id: R1\nname: a\rb\r\n", "not-text", 2, 8, "a carriage return that no line feed follows"},
    {"rule_id: R1\r\r\n", "not-text", 1, 12, "a carriage return"},
    {"rule_id: R1\nname: [a\n", "invalid-yaml", 3, 1, "end of sequence flow not found"},
    {"rule_id: R1\nname: \"a\napplies_to: [command]\n", "invalid-yaml", 2, 7, "never closed"},
    {"rule_id: R1\nname: 'it''s\napplies_to: [command]\n", "invalid-yaml", 2, 7, "never closed"},
    {"rule_id: R1\nname: &a \"\\\"\n", "invalid-yaml", 2, 7, "never closed"},
    {"rule_id: R1\n'name: a\n", "invalid-yaml", 2, 1, ""},
    {"rule_id: R1\nname: !!binary aGk=\n", "invalid-yaml", 2, 7, "tags"},
    {"rule_id: R1\nname: &a [*a]\n", "invalid-yaml", 2, 11, "inside of its own anchor"},
    {"rule_id: R1\nmatch:\n\tpattern: x\n", "invalid-yaml", 3, 1, "a tab cannot indent; use spaces"},
    {"rule_id: R1\nmatch:\n  any_of:\n  \t- pattern: x\n", "invalid-yaml", 4, 3, "a tab cannot indent"},
    {"rule_id: R1\ndescription: download: wget or curl\n", "invalid-yaml", 2, 22,
     "a colon and a space inside plain text", "put the text in quotes"},
    {"rule_id: R1\nmatch:\n  field: a\n   pattern: b\n", "invalid-yaml", 4, 11, "continues the text above it",
     "indented like the key above"},
    {"rule_id: R1\nmatch: {pattern: \"\\d+\"}\n", "invalid-yaml", 2, 21, "unknown escape", "single quotes"},
    {"rule_id: R1\n[a]: b\n", "invalid-yaml", 2, 1, "a key must be"},
    {good + "...\nrule_id: R2\n", "invalid-yaml", 7, 1, "starts with a line ---"},
    {"rule_id: R1\nname: " + std::string(40, '[') + std::string(40, ']') + "\n", "too-deep", 2, 38, "32 levels"},
    {"", "no-rule", 0, 0, "holds no rule"},
    {"# only a comment\n", "no-rule", 0, 0, "holds no rule"},
    {"a rule\n", "wrong-type", 1, 1, "a rule must be a map, but is text"},

    // Keys
    {with("emit: []"), "unknown-key", 6, 1, "no key 'emit'", "did you mean 'emits'?"},
    {with("qqqqqq: 1"), "unknown-key", 6, 1, "no key 'qqqqqq'", ""},
    {with_id("# no id"), "missing-key", 2, 1, "a rule needs 'rule_id'"},
    {with("name: again"), "duplicate-key", 6, 1, "'name' is given twice"},
    {with("tests: [{event: {a: {b: 1, b: 2}}, expect: []}]"), "duplicate-key", 6, 28, "'b' is given twice"},
    {with_match("{any: [{pattern: abc}]}"), "unknown-key", 4, 9, "no key 'any'", "did you mean 'any_of'?"},
    {with_match("{pattern: a, all: [{pattern: abc}]}"), "wrong-type", 4, 26, "true or false, but is a list",
     "did you mean 'all_of'?"},
    {with_match("{patern: abc}"), "unknown-key", 4, 9, "no key 'patern'", "did you mean 'pattern'?"},

    // Values
    {with_id("rule_id: R-1"), "invalid-value", 1, 10, "letters, digits and _"},
    {with_id("rule_id: 17"), "wrong-type", 1, 10, "rule_id must be text, but is a number", "put it in quotes: '17'"},
    {with("rule_version: 0"), "invalid-value", 6, 15, "between 1 and"},
    {with("rule_version: 1.5"), "wrong-type", 6, 15, "a whole number"},
    {with("description:"), "wrong-type", 6, 1, "but is empty"},
    {with("last_reviewed: 2026-02-30"), "invalid-value", 6, 16, "not a date", "write it as 2026-12-31"},
    {with("next_review: soon"), "invalid-value", 6, 14, "not a date"},
    {with("references: a link"), "wrong-type", 6, 13, "a list"},
    {with("status: observed"), "invalid-value", 6, 9, "stable or observe, not 'observed'", "did you mean 'observe'?"},
    {with("status: experimental"), "invalid-value", 6, 9, "stable or observe", "write `status: observe`"},
    {with("status: deprecated"), "invalid-value", 6, 9, "stable or observe", "remove the rule, or disable it"},
    {with("status: 1"), "wrong-type", 6, 9, "status"},
    {with("evidence_fields: [a..b]"), "invalid-value", 6, 19, "empty part"},
    {with_kinds("command"), "wrong-type", 3, 13, "applies_to must be a list, but is text", "write [command]"},
    {with_kinds("a b"), "wrong-type", 3, 13, "must be a list", "write ['a b']"},
    {with_kinds("[]"), "empty-list", 3, 13, "applies_to is empty"},
    {with_kinds("[comand, command]"), "unknown-source-kind", 3, 14, "'comand'", "did you mean 'command'?"},
    {with_kinds("[{source_knd: command}]"), "unknown-key", 3, 15, "'source_knd'", "did you mean 'source_kind'?"},

    // Conditions
    {with_match("{field: a}"), "missing-key", 4, 8, "needs an operator"},
    {with_match("{pattern: a, contains: b}"), "conflicting-keys", 4, 21, "'pattern' and 'contains'"},
    {with_match("{any_of: [{pattern: a}], pattern: b}"), "conflicting-keys", 4, 33, "'any_of' and 'pattern'"},
    {with_match("{any_of: []}"), "empty-list", 4, 17, "any_of is empty"},
    {with_match("{all_of: {pattern: a}}"), "wrong-type", 4, 17, "all_of must be a list, but is a map"},
    {with_match("'abc'"), "wrong-type", 4, 8, "must be a map"},
    {with_match("{pattern: 'ab(c'}"), "invalid-regex", 4, 21, "never closed"},
    {with_match("{pattern: \"a\\\\d[b\"}"), "invalid-regex", 4, 23, "unterminated character class"},
    {with_match("{pattern: a{2}{3}}"), "invalid-yaml", 4, 19, ""},
    {with_match("\n  pattern: |\n    ab\n    c(\n"), "invalid-regex", 7, 6, "never closed"},
    {with_match("{pattern: a, ignore_case: 'true'}"), "wrong-type", 4, 34, "true or false, but is text",
     "without quotes"},
    {with_match("{field: a, exists: true, all: true}"), "conflicting-keys", 4, 33, "'all' has no meaning for 'exists'"},
    {with_match("{field: a, at_least: 3, ignore_case: true}"), "conflicting-keys", 4, 32,
     "'ignore_case' has no meaning"},
    {with_match("{field: a, at_least: three}"), "wrong-type", 4, 29, "a number, but is text"},
    {with_match("{field: a, at_least: 007}"), "wrong-type", 4, 29, "a number, but is text"},
    {with_match("{field: a, equals: null}"), "wrong-type", 4, 19, "but is empty", "exists: false"},
    {with_match("{field: a, contains: ''}"), "invalid-value", 4, 29, "contains is empty"},
    {with_match("{field: a, cidr: 10.0.0.0/33}"), "invalid-value", 4, 25, "no network: '10.0.0.0/33'"},
    {with_match("{field: a, length: {}}"), "missing-key", 4, 27, "exactly one of"},
    {with_match("{field: a, length: {at_least: 1, at_most: 2}}"), "conflicting-keys", 4, 27, "exactly one of"},
    {with_match("{field: a, length: {at_least: -1}}"), "invalid-value", 4, 38, "at least 0"},
    {with_match("{kind: lifer:x}"), "invalid-value", 4, 15, "lifter:NAME"},
    {with_match("{kind: lifter:x, anything: 1}"), "inert-rule", 4, 15, "'lifter:x'"},

    {with_match("wget"), "wrong-type", 4, 8, "must be a map", "write {pattern: '...'}"},
    {with_match("{field: a, length: 5}"), "wrong-type", 4, 27, "must be a map", "write {at_least: 5}"},
    {with_match("{all_of: {pattern: a}}"), "wrong-type", 4, 17, "", "write [{...}]"},

    // Texts that look like something else
    {with_match("{pattern: \"\\bwget\\b .*onion\"}"), "control-in-pattern", 4, 19,
     "control character U+0008 in a pattern", "write it in single quotes"},
    {with_match("{pattern: \"a\\e\"}"), "control-in-pattern", 4, 20, "U+001B"},
    {with_match("{pattern: \"a\\x85\"}"), "control-in-pattern", 4, 20, "U+0085"},
    {with_match("{field: a, equals: no}"), "misread-scalar", 4, 27, "'no' is text here",
     "write false, or for the text 'no' in quotes"},
    {with_match("{field: a, equals: On}"), "misread-scalar", 4, 27, "'On' is text here", "write true"},
    {with_match("{field: a, equals: 0x16}"), "misread-scalar", 4, 27, "'0x16' is text here", "write 22"},
    {with_match("{field: a, one_of: [1, 0o17]}"), "misread-scalar", 4, 31, "'0o17' is text here", "write 15"},
    {with_match("{field: a, equals: 1_000}"), "misread-scalar", 4, 27, "'1_000'", "write 1000"},
    {with_match("{field: a, equals: -007}"), "misread-scalar", 4, 27, "'-007'", "write -7"},
    {with("tests: [{event: {a: {b: [yes]}}, expect: []}]"), "misread-scalar", 6, 26, "'yes' is text here",
     "write true"},
    {with_match("{field: a, exists: yes}"), "wrong-type", 4, 27, "true or false, but is text", "write true"},
    {with_match("{field: a, at_least: 0x16}"), "wrong-type", 4, 29, "a number, but is text", "write 22"},

    // Windows
    {with_match("{window: {count: 5, within: 5m, group_by: [a]}}"), "wrong-type", 4, 25, "count must be a map",
     "write {at_least: 5}"},
    {with_match("{window: {distinct_count: 5, within: 5m, group_by: [a]}}"), "wrong-type", 4, 34, "must be a map",
     "write {field: ..., at_least: 5}"},
    {with_match("{window: {count: {at_least: 5}, within: 5m, group_by: src}}"), "wrong-type", 4, 62,
     "group_by must be a list", "write [src]"},
    {with_match("{not: {window: {count: {at_least: 2}, within: 5m, group_by: [a]}}}"), "misplaced-window", 4, 15,
     "any_of"},
    {with_match("{all_of: [{window: {count: {at_least: 2}, within: 5m, group_by: [a]}}]}"), "misplaced-window", 4, 19,
     ""},
    {with_match("{any_of: [{any_of: [{window: {count: {at_least: 2}, within: 5m, group_by: [a]}}]}]}"),
     "misplaced-window", 4, 29, ""},
    {with_match("{window: {within: 5m, group_by: [a]}}"), "missing-key", 4, 17,
     "'count', 'distinct_count' and 'sequence'"},
    {with_match("{window: {count: {at_least: 2}, within: 5 parsecs, group_by: [a]}}"), "invalid-value", 4, 48,
     "not a duration"},
    {with_match("{window: {count: {at_least: 2}, within: 0s, group_by: [a]}}"), "invalid-value", 4, 48,
     "longer than nothing"},
    {with_match("{window: {count: {at_least: 20000}, within: 5m, group_by: [a]}}"), "invalid-value", 4, 36,
     "between 1 and 10000"},
    {with_match("{window: {count: {at_least: 2}, within: 5m, group_by: []}}"), "empty-list", 4, 62,
     "group_by is empty"},
    {with_match("{window: {count: {at_least: 2}, within: 5m}}"), "missing-key", 4, 17, "needs 'group_by'"},
    {with_match("{window: {sequence: [{pattern: a}], within: 5m, group_by: [a]}}"), "invalid-value", 4, 28,
     "2 to 8 steps"},
    {with_match("{window: {of: {pattern: a}, sequence: [{pattern: a}, {pattern: b}], within: 5m, group_by: [a]}}"),
     "conflicting-keys", 4, 18, "'of' and 'sequence'"},
    {with_match("{window: {count: {at_least: 2}, sequence: [{pattern: a}, {pattern: b}], within: 5m, group_by: [a]}}"),
     "conflicting-keys", 4, 40, "'count' and 'sequence'"},

    // Emissions
    {with_emits("[]"), "empty-list", 5, 8, "emits is empty"},
    {with_emits(""), "empty-list", 5, 1, "emits is empty"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: 1.01}]"), "invalid-value", 5, 59,
     "between 0 and 1"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: 90}]"), "invalid-value", 5, 59, "", "write 0.9"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: 85}]"), "invalid-value", 5, 59, "", "write 0.85"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: 0.2}]"), "below-floor", 5, 59,
     "0.2 is below the floor of 0.3", "0.3 or more"},
    {with_emits("[{by_value: a, values: {x: [{technique_id: T1083, tactic: TA0007, confidence: 0}]}}]"), "below-floor",
     5, 86, "never a tag"},
    {with_emits("[{technique_id: T1105, tactic: command-and-control, confidence: 0.9}]"), "unknown-tactic", 5, 39,
     "'command-and-control' is a name; tactic takes an id", "write TA0011"},
    {with_emits("[{technique_id: T1105, tactic: Command And Control, confidence: 0.9}]"), "unknown-tactic", 5, 39,
     "is a name", "write TA0011"},
    {with_emits("[{technique_id: Ingress Tool Transfer, tactic: TA0011, confidence: 0.9}]"), "unknown-technique", 5, 24,
     "'Ingress Tool Transfer' is a name; technique_id takes an id", "write T1105"},
    {with_emits("[{technique_id: unix shell, tactic: TA0002, confidence: 0.9}]"), "unknown-technique", 5, 24,
     "is a name", "write technique_id: T1059 and sub_technique_id: T1059.004"},
    {with_emits("[{technique_id: T1059, sub_technique_id: Unix Shell, tactic: TA0002, confidence: 0.9}]"),
     "unknown-technique", 5, 49, "is a name", "write T1059.004"},
    {with_emits("{technique_id: T1083, tactic: TA0007, confidence: 0.9}"), "wrong-type", 5, 8, "a list, but is a map",
     "write [{...}]"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: 0.9, scaled_by: score}]"), "wrong-type", 5, 75,
     "a map", "write {field: ..., full_at: 100}"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: -0.1}]"), "invalid-value", 5, 59,
     "between 0 and 1"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: .nan}]"), "wrong-type", 5, 59, "a number"},
    {with_emits("[{technique_id: T1083, tactic: TA0007, confidence: high}]"), "wrong-type", 5, 59, "a number"},
    {with_emits("[{technique_id: T1083, tactic: TA0007}]"), "missing-confidence", 5, 9, "0.7 is taken"},
    {with_emits("[{technique_id: T1038, tactic: TA0007, confidence: 0.9}]"), "revoked-technique", 5, 24, "T1038",
     "its successor is T1574.001"},
    {with_emits("[{technique_id: T1562, tactic: TA0005, confidence: 0.9}]"), "revoked-technique", 5, 24, "T1562",
     "its successor is T1685 (Disable or Modify Tools)"},
    {with_emits("[{technique_id: T1140, tactic: Defense Evasion, confidence: 0.9}]"), "former-tactic", 5, 39,
     "'Defense Evasion' is the name of TA0005 until ATT&CK 18.1; it is Stealth now", "write TA0005"},
    {with_emits("[{technique_id: T1222, tactic: defense-evasion, confidence: 0.9}]"), "former-tactic", 5, 39,
     "is the name of TA0005", "write TA0112"},
    {with_emits("[{technique_id: T1222, tactic: TA0005, confidence: 0.9}]"), "tactic-mismatch", 5, 39,
     "T1222 does not belong to TA0005", "it belongs to TA0112"},
    {with_emits("[{technique_id: T1084x, tactic: TA0007, confidence: 0.9}]"), "unknown-technique", 5, 24, "'T1084x'"},
    {with_emits("[{technique_id: T10833, tactic: TA0007, confidence: 0.9}]"), "unknown-technique", 5, 24, "'T10833'",
     "did you mean T1033 or T1083?"},
    {with_emits("[{technique_id: T1026, tactic: TA0011, confidence: 0.9}]"), "deprecated-technique", 5, 24, "T1026"},
    {with_emits("[{technique_id: T1083, tactic: TA0099, confidence: 0.9}]"), "unknown-tactic", 5, 39, "'TA0099'"},
    {with_emits("[{technique_id: T1083, tactic: TA0004, confidence: 0.9}]"), "tactic-mismatch", 5, 39,
     "T1083 does not belong to TA0004", "it belongs to TA0007"},
    {with_emits("[{technique_id: T1078, confidence: 0.9}]"), "ambiguous-tactic", 5, 9, "TA0001 is taken"},
    {with_emits("[{technique_id: T1548.001, tactic: TA0004, confidence: 0.9}]"), "invalid-value", 5, 24,
     "without its sub-technique", "sub_technique_id: T1548.001"},
    {with_emits("[{technique_id: T1083, sub_technique_id: T1548.001, tactic: TA0007, confidence: 0.9}]"),
     "invalid-value", 5, 49, "not a sub-technique of T1083"},
    {with_emits("[{" + emission + "}, {" + emission + "}]"), "repeated-technique", 5, 65, "claimed already"},
    {with_emits("[{" + emission + ", scaled_by: {field: a, full_at: 0}}]"), "invalid-value", 5, 95, "above 0"},
    {with_emits("[{by_value: a, values: {}}]"), "empty-list", 5, 31, "values is empty"},
    {with_emits("[{by_value: a, values: {x: []}}]"), "empty-list", 5, 35, "'x' is empty"},
    {with_emits("[{by_value: a, values: {x: [{" + emission + "}], X: [{" + emission + "}]}}]"), "duplicate-key", 5, 93,
     "case does not count"},

    // Commands
    {with_match("{command: {program: /bin/sh}}"), "impossible-command", 4, 28, "'/bin/sh' is not a base name",
     "write 'sh'"},
    {with_match("{command: {writes: [a, /tmp//b]}}"), "impossible-command", 4, 31, "'/tmp//b'"},
    {with_match("{command: {reading: folded}}"), "impossible-command", 4, 28, "unknown reading 'folded'", "unfolded"},
    {with_match("{command: {operands: none, operand: a}}"), "impossible-command", 4, 35,
     "without operands has no operand"},
    {with_match("{command: {arguments: none, option: -l}}"), "impossible-command", 4, 36, "has no option"},
    {with_match("{command: {program: no_such_tool, fetches: '*'}}"), "impossible-command", 4, 42,
     "does not have 'no_such_tool'", "'operand'"},
    {with_match("{command: {program: rm, option: {-r: x}}}"), "impossible-command", 4, 41, "-r of rm takes no value"},
    {with_match("{command: {piped_to: {via: /x}}}"), "impossible-command", 4, 35, "'/x' is not a base name"},

    // Tests
    {with("tests: [{event: {a: 1}}]"), "missing-key", 6, 9, "needs 'expect'"},
    {with("tests: [{event: {a: 1}, expect: [T1084]}]"), "invalid-value", 6, 34, "never emits 'T1084'",
     "did you mean 'T1083'?"},
    {with("tests: [{event: {a: 1}, events: [], expect: []}]"), "conflicting-keys", 6, 25, "'event' and 'events'"},
    {with("tests: [{events: [{at: 5s, payload: {}}, {at: 2s, payload: {}}], expect: []}]"), "invalid-value", 6, 42,
     "order of their time"},
    {with("tests: [{event: {a: 1}, expect: T1083}]"), "wrong-type", 6, 33, "a list of technique ids", "write [T1083]"},
    {with("tests: [{event: text, expect: []}]"), "wrong-type", 6, 17, "event must be a map"},
};

BOOST_AUTO_TEST_SUITE(diagnostic_codes_of_the_reader)

BOOST_AUTO_TEST_CASE(each_finding_names_its_code_and_exact_place) {
    for (auto const& expected : expectations) {
        auto const document = read_one(expected.text);
        auto const found = std::ranges::find_if(document.diagnostics, [&](diagnostic const& each) {
            return each.code == expected.code && each.message.find(expected.message) != std::string::npos;
        });
        BOOST_TEST_CONTEXT(expected.code << " in:\n"
                                         << expected.text.substr(0, 400) << "\nfound:\n"
                                         << all_text(document.diagnostics)) {
            BOOST_REQUIRE(found != document.diagnostics.end());
            BOOST_TEST(found->line == expected.line);
            BOOST_TEST(found->column == expected.column);
            BOOST_TEST(found->path == "a.yaml");
            BOOST_TEST((expected.hint.empty() || found->hint.find(expected.hint) != std::string::npos));
            BOOST_TEST((document.definition == nullptr) == has_errors(document.diagnostics));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_code_has_a_text_that_shows_it) {
    // These need more than one line of a rule, or more than reading it, and have their own tests.
    std::set<std::string_view> shown{"too-many-aliases", "too-many-findings", "duplicate-rule", "costly-pattern",
                                     "unknown-field",    "shadowed-rule",     "unread-file",    "unknown-list",
                                     "duplicate-list",   "list-circle",       "renamed-key"};
    for (auto const& expected : expectations)
        shown.insert(expected.code);
    for (auto const& each : diagnostic_codes())
        BOOST_TEST(shown.contains(each.code), each.code);
    BOOST_TEST(shown.size() == diagnostic_codes().size());
}

BOOST_AUTO_TEST_CASE(documentation_lists_every_code) {
    std::ifstream file(RULEHOST_SOURCE_DIR "/docs/diagnostics.md");
    std::string const page(std::istreambuf_iterator<char>(file), {});
    for (auto const& each : diagnostic_codes()) {
        auto const level = each.level == severity::error ? "error" : "warning";
        auto const row = "| `" + std::string(each.code) + "` | " + level + " | " + std::string(each.meaning) + " |\n";
        BOOST_TEST((page.find(row) != std::string::npos), row);
    }
}

BOOST_AUTO_TEST_CASE(all_findings_of_a_text_are_reported_in_its_order) {
    rule_text rule;
    rule.id = "rule_id: 'R 1'";
    rule.match = "match: {patern: a}";
    rule.emits = "emits: [{technique_id: T1083, tactic: TA0007, confidence: 3}]";
    rule.more = "colour: red\n";
    auto const document = read_one(rule.text());
    BOOST_REQUIRE_EQUAL(document.diagnostics.size(), 4u);
    BOOST_TEST(document.diagnostics[0].line == 1u);
    BOOST_TEST(document.diagnostics[1].line == 4u);
    BOOST_TEST(document.diagnostics[2].line == 5u);
    BOOST_TEST(document.diagnostics[3].line == 6u);
}

BOOST_AUTO_TEST_CASE(hint_for_a_misspelt_operator_is_not_drowned_by_a_missing_one) {
    auto const document = read_one(with_match("{field: a, startswith: x}"));
    BOOST_REQUIRE_EQUAL(document.diagnostics.size(), 1u);
    BOOST_TEST(document.diagnostics[0].hint == "did you mean 'starts_with'?");
}

BOOST_AUTO_TEST_CASE(text_that_means_what_it_says_is_not_warned_of) {
    for (auto const* const match :
         {R"({field: a, equals: 'no'})", R"({field: a, equals: "0x16"})", "{field: a, equals: none}",
          "{field: a, equals: 12}", "{field: a, equals: true}", "{field: a, equals: '007'}",
          "{field: a, one_of: [0, nope, 1.5, 2026-01-01, a_1]}", R"({pattern: '\bwget\b\x08'})",
          R"({pattern: "a\tb\\bc\n"})", R"({field: a, contains: "\e["})"}) {
        BOOST_TEST_CONTEXT(match) {
            BOOST_TEST(all_text(read_one(with_match(match)).diagnostics) == "");
        }
    }
    BOOST_TEST(read_one(with_emits("[{technique_id: T1083, tactic: TA0007, confidence: 0.3}]")).diagnostics.empty());
}

BOOST_AUTO_TEST_CASE(hint_stays_short_for_any_text) {
    auto const endless = std::string(100'000, 'a');
    for (auto const& text : {with_kinds(endless), with("tests: [{event: {a: 1}, expect: " + endless + "}]"),
                             with_match("{window: {count: " + endless + ", within: 5m, group_by: [a]}}")})
        for (auto const& each : read_one(text).diagnostics)
            BOOST_TEST(each.hint.size() < 200u);
}

BOOST_AUTO_TEST_CASE(condition_without_field_needs_a_kind_with_a_default) {
    auto const document = read_one(with_kinds("[session]"));
    BOOST_REQUIRE_EQUAL(document.diagnostics.size(), 1u);
    BOOST_TEST(document.diagnostics[0].code == "missing-key");
    BOOST_TEST(document.diagnostics[0].line == 4u);
    BOOST_TEST(read_one(with_kinds("[session, command]")).diagnostics.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
