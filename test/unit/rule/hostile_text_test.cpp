#include "rule_text.hpp"

namespace {

using namespace rulehost;
using namespace rulehost::test;

constexpr std::size_t nearly_all = 256 * 1024 - 64;

std::string repeated(std::string_view piece, std::size_t bytes = nearly_all) {
    std::string text;
    while (text.size() + piece.size() <= bytes)
        text += piece;
    return text;
}

/// The finding about a text that must be rejected without a crash, a hang or much memory.
diagnostic refusal_of(std::string_view text) {
    auto const document = read_one(text);
    BOOST_TEST(!document.definition);
    BOOST_REQUIRE(!document.diagnostics.empty());
    return document.diagnostics.front();
}

BOOST_AUTO_TEST_SUITE(hostile_text)

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_before_the_stack_is_used_up) {
    for (auto const* const piece : {"[", "{", "{a: ", "- ", "? ", "[{a: ", "- ? - "}) {
        BOOST_TEST_CONTEXT(piece) {
            BOOST_TEST(refusal_of(repeated(piece)).code == "too-deep");
        }
    }
    std::string indented;
    for (std::string indent; indent.size() < 100; indent += ' ')
        indented += indent + "a:\n";
    BOOST_TEST(refusal_of(indented).code == "too-deep");
}

BOOST_AUTO_TEST_CASE(depth_of_aliases_counts) {
    std::string text = "a0: &a0 [x]\n";
    for (int i = 1; i < 40; ++i) {
        auto const number = std::to_string(i);
        text += "a" + number + ": &a" + number + " [*a" + std::to_string(i - 1) + "]\n";
    }
    BOOST_TEST(refusal_of(text).code == "too-deep");
}

BOOST_AUTO_TEST_CASE(aliases_that_blow_up_are_refused) {
    std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n";
    for (char name = 'b'; name < 'p'; ++name) {
        std::string const previous{'*', static_cast<char>(name - 1)};
        laughs += std::string{name} + ": &" + name + " [" + previous;
        for (int i = 0; i < 8; ++i)
            laughs += ", " + previous;
        laughs += "]\n";
    }
    BOOST_TEST(refusal_of(laughs).code == "too-many-aliases");
    BOOST_TEST(
        refusal_of("a: &a \"" + std::string(100'000, 'x') + "\"\nb: [" + repeated("*a,", 120'000) + "]\n").code ==
        "too-many-aliases");
}

std::string rule_with_match(std::string_view match) {
    return "rule_id: R1\nname: x\napplies_to: [command]\nmatch: " + std::string(match) +
        "\nemits: [{tactic: TA0007, technique_id: T1083, confidence: 0.5}]\n";
}

BOOST_AUTO_TEST_CASE(patterns_that_grow_when_they_are_compiled_are_refused) {
    constexpr std::string_view grown = "{pattern: '(?:ab[c-e]f|x){1,900}'}";
    auto const aliases = rule_with_match("{any_of: [&a " + std::string(grown) + repeated(",*a", 3000) + "]}");
    auto const found = refusal_of(aliases);
    BOOST_TEST(found.code == "too-large");
    BOOST_TEST(found.message == "the patterns of the rule have over 8388608 bytes once they are compiled");
    auto const in_commands = rule_with_match("{any_of: [&a {command: {argument: " + std::string(grown) + "}}" +
                                             repeated(",*a", 3000) + "]}");
    BOOST_TEST(refusal_of(in_commands).code == "too-large");
}

BOOST_AUTO_TEST_CASE(values_of_all_command_conditions_of_a_rule_count) {
    boost::json::array const values(5000, boost::json::value("ls"));
    rule_lists const lists{{"many", {"many", values, "lists.yaml", 1}}};
    auto const read = [&](std::string_view aliases) {
        auto const text = rule_with_match("{any_of: [&a {command: {program: $many}}" + std::string(aliases) + "]}");
        return std::move(read_rules(text, "a.yaml", lists).at(0));
    };
    BOOST_TEST(read(",*a").definition);
    auto const refused = read(",*a,*a,*a,*a,*a");
    BOOST_TEST(!refused.definition);
    BOOST_TEST(all_text(refused.diagnostics).find("over 20000 values") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(findings_beyond_those_listed_are_counted) {
    auto const text = "rule_id: R1\nname: x\napplies_to: [command]\nmatch: {pattern: a}\nemits: [&a {tactic: TA0999, "
                      "technique_id: T1999, confidence: 0.5}" +
        repeated(",*a ", 4 * 1000) + "]\n";
    auto const document = read_one(text);
    BOOST_TEST(document.diagnostics.size() == 201u);
    BOOST_TEST(document.diagnostics.back().message == "1802 more findings are not listed");
}

BOOST_AUTO_TEST_CASE(more_findings_than_a_person_reads_are_summed_up) {
    auto const document = read_one(rule_text().text() + [] {
        std::string keys;
        for (int i = 0; i < 1000; ++i)
            keys += "key" + std::to_string(i) + ": 1\n";
        return keys;
    }());
    BOOST_TEST(document.diagnostics.size() == 201u);
    BOOST_TEST(document.diagnostics.back().code == "too-many-findings");
    BOOST_TEST(document.diagnostics.back().message == "800 more findings are not listed");
}

BOOST_AUTO_TEST_CASE(nonsense_of_every_kind_ends_in_diagnostics) {
    for (auto const* const piece : {"a",
                                    "a: ",
                                    ": ",
                                    "&a ",
                                    "*a ",
                                    "!",
                                    "! ",
                                    "\"",
                                    "'",
                                    "|",
                                    ">",
                                    "#",
                                    "%",
                                    "%YAML 1.2\n",
                                    "@",
                                    "`",
                                    ",",
                                    "]",
                                    "}",
                                    "? a\n",
                                    "- a:\n  - b:\n",
                                    "\r",
                                    "\t",
                                    " ",
                                    "...\n",
                                    "\"\\",
                                    "b\n  ",
                                    "a: 1\n",
                                    "- - a\n",
                                    "\xc2\x85",
                                    "\xe2\x80\xa8",
                                    "<<: *a\n",
                                    "? |\n",
                                    "a: |\n  x\n",
                                    "a: >1\n x\n\n"}) {
        BOOST_TEST_CONTEXT(piece) {
            refusal_of(repeated(piece, 8 * 1024));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_rule_is_read_without_harm) {
    rule_text rule;
    rule.match =
        "match: {any_of: [&a {field: x, pattern: 'a\\\\(b'}, {not: *a}, {field: \"\\x41\\u00e9\", one_of: [1, ~]}]}";
    rule.more = "tests:\n  - event: {a: [1, {b: \"c\"}]}\n    expect: []\ndescription: >-\n  folded\n  text\n";
    auto const text = rule.text();
    for (std::size_t size = 0; size < text.size(); ++size) {
        auto const document = read_one(std::string_view(text).substr(0, size));
        BOOST_TEST((document.definition == nullptr) == has_errors(document.diagnostics));
    }
}

BOOST_AUTO_TEST_CASE(file_of_too_many_documents_is_refused_as_a_whole) {
    auto const documents = read_rules(repeated("---\na: 1\n"), "a.yaml");
    BOOST_REQUIRE_EQUAL(documents.size(), 1u);
    BOOST_TEST(documents[0].diagnostics.front().code == "too-large");
}

BOOST_AUTO_TEST_CASE(quoted_line_is_short_and_ends_at_a_character) {
    std::string name = "x: \"";
    for (int i = 0; i < 300; ++i)
        name += "\xc3\xa9";
    rule_text rule;
    rule.more = name + "\"\n";
    auto const found = refusal_of(rule.text());
    BOOST_TEST(found.code == "unknown-key");
    BOOST_TEST(found.source_line.size() <= 400u);
    BOOST_TEST(found.source_line.size() % 2 == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
