#include "rule_text.hpp"

#include "rule/glob_text.hpp"

#include <rulehost/list_reader.hpp>

#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>

namespace {

using namespace rulehost;
using namespace rulehost::test;

rule_lists lists_with(std::string_view name, std::string_view values) {
    return {{std::string(name), {std::string(name), boost::json::parse(values).as_array(), "lists.yaml", 1}}};
}

rule_document read_match(std::string_view match, rule_lists const& lists = {}) {
    rule_text text;
    text.match = "match:\n  " + std::string(match);
    return std::move(read_rules(text.text(), "a.yaml", lists).at(0));
}

condition read_good(std::string_view match, rule_lists const& lists = {}) {
    auto const document = read_match(match, lists);
    BOOST_REQUIRE_MESSAGE(document.definition && document.diagnostics.empty(), all_text(document.diagnostics));
    return document.definition->match;
}

/// The only finding about the match, as `COLUMN: MESSAGE (HINT)`.
std::string finding_about(std::string_view match, rule_lists const& lists = {}) {
    auto const document = read_match(match, lists);
    BOOST_REQUIRE_MESSAGE(document.diagnostics.size() == 1, all_text(document.diagnostics));
    auto const& found = document.diagnostics.front();
    BOOST_TEST(found.line == 5u);
    BOOST_TEST(!document.definition);
    return std::to_string(found.column) + ": " + found.message + (found.hint.empty() ? "" : " (" + found.hint + ")");
}

std::vector<std::string> spread(std::string_view glob) {
    std::vector<std::string> all;
    BOOST_TEST(spread_braces(glob, all));
    return all;
}

using texts = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(command_reading)

BOOST_AUTO_TEST_CASE(command_is_a_map_or_a_list_of_maps) {
    auto const one = read_good("command: {program: wget}");
    BOOST_TEST((one.kind == condition::node::command));
    BOOST_TEST(one.commands.size() == 1u);
    BOOST_TEST(one.commands.front().size() == 1u);
    BOOST_TEST(read_good("command: [{program: wget}, {writes: x}]").commands.front().size() == 2u);
}

BOOST_AUTO_TEST_CASE(keys_stand_in_the_order_of_their_cost) {
    auto const read = read_good("command: {text: x, piped_to: {program: y}, program: z}").commands.front().front();
    BOOST_REQUIRE(read.tests.size() == 3u);
    BOOST_TEST((read.tests[0].of == command_condition::key::program));
    BOOST_TEST((read.tests[1].of == command_condition::key::text));
    BOOST_TEST((read.tests[2].of == command_condition::key::piped_to));
}

BOOST_AUTO_TEST_CASE(commands_in_order_hold_two_to_eight) {
    auto const read = read_good("{commands_in_order: [{program: a}, [{program: b}, {program: c}]], same: file}");
    BOOST_TEST((read.kind == condition::node::commands_in_order));
    BOOST_TEST(read.same_file);
    BOOST_TEST(read.commands.size() == 2u);
    BOOST_TEST(read.commands[1].size() == 2u);
    BOOST_TEST(finding_about("{commands_in_order: [{program: a}]}") == "23: 'commands_in_order' has 2 to 8 commands");
    BOOST_TEST(finding_about("{commands_in_order: [{program: a}, {program: b}], same: files}") ==
               "59: 'same' takes 'file'");
}

BOOST_AUTO_TEST_CASE(misspelt_key_is_found_with_what_is_meant) {
    BOOST_TEST(finding_about("command: {programm: wget}") ==
               "13: a command has no key 'programm' (did you mean 'program'?)");
    BOOST_TEST(finding_about("command: {program: wget, operand: {nor: x}}") ==
               "38: 'operand' has no key 'nor' (did you mean 'not'?)");
    BOOST_TEST(finding_about("comand: {program: wget}") ==
               "3: a condition has no key 'comand' (did you mean 'command'?)");
}

BOOST_AUTO_TEST_CASE(value_of_the_wrong_kind_is_reported) {
    BOOST_TEST(finding_about("command: wget") == "12: a command must be a map, but is text (write {program: ...})");
    BOOST_TEST(finding_about("command: {}") == "12: a command needs a key such as 'program' or 'writes'");
    BOOST_TEST(finding_about("command: {program: ~}") == "13: 'program' has no value (write ~ and '' in quotes)");
    BOOST_TEST(finding_about("command: {operands: many}") ==
               "23: 'operands' takes none, some, or bounds (write {at_least: 1, at_most: 3})");
    BOOST_TEST(finding_about("command: {sets: PATH}") == "19: sets must be a map, but is text (write {PATH: '*'})");
    BOOST_TEST(finding_about("command: {operand: {at_least: 5, at_most: 4}}") == "22: 'at_least' is above 'at_most'");
    BOOST_TEST(finding_about("command: {operand: {not: a, all: [b]}}") ==
               "22: a value has one of 'not', 'all', 'any' with 'except', 'pattern', 'cidr', and 'at_least' with "
               "'at_most'");
    BOOST_TEST(finding_about("command: {connects: {cidr: 10.0.0.0/33}}") ==
               "30: no network: '10.0.0.0/33' (write 10.0.0.0/8, 2001:db8::/32 or one address)");
    BOOST_TEST(finding_about("command: {text: {pattern: 'a('}}").starts_with("31: the pattern does not compile"));
}

BOOST_AUTO_TEST_CASE(rule_about_no_command_event_holds_no_commands) {
    rule_text text;
    text.applies_to = "applies_to: [http_request]";
    text.match = "match: {command: {program: wget}}";
    BOOST_TEST(has_code(read_one(text.text()).diagnostics, "invalid-value"));
}

BOOST_AUTO_TEST_CASE(list_that_nothing_defines_is_reported_with_what_is_meant) {
    auto const lists = lists_with("shells", R"(["sh"])");
    BOOST_TEST(finding_about("command: {program: $shels}", lists) ==
               "22: unknown list 'shels' (did you mean '$shells'?)");
    BOOST_TEST(finding_about("command: {program: $x}", lists) == "22: unknown list 'x' (write '[$]x' for the text)");
    read_good("command: {operand: [$HOME, $1, '$*', '$x*']}");
}

BOOST_AUTO_TEST_CASE(rule_has_its_lists_and_their_values) {
    auto const text = "command: [{program: $a}, {operand: {not: $a}}]";
    auto const first = read_match(text, lists_with("a", R"(["sh", 1])"));
    BOOST_REQUIRE(first.definition);
    BOOST_TEST((first.definition->lists == texts{"a"}));
    auto const again = read_match(text, lists_with("a", R"(["sh", 1])"));
    BOOST_TEST(again.definition->lists_hash == first.definition->lists_hash);
    auto const other = read_match(text, lists_with("a", R"(["sh", 2])"));
    BOOST_TEST(other.definition->lists_hash != first.definition->lists_hash);
    BOOST_TEST(other.definition->content_hash == first.definition->content_hash);
}

BOOST_AUTO_TEST_CASE(values_of_a_rule_are_limited) {
    std::string values = "[";
    for (int i = 0; i != 5'000; ++i)
        values += "1,";
    values.back() = ']';
    std::string match = "command: [";
    for (int i = 0; i != 5; ++i)
        match += "{operand: $a},";
    match.back() = ']';
    auto const document = read_match(match, lists_with("a", values));
    BOOST_TEST(!document.definition);
    BOOST_TEST(document.diagnostics.size() == 1u);
}

BOOST_AUTO_TEST_CASE(command_that_is_possible_is_not_warned_of) {
    for (std::string_view const each :
         {"{program: [rm, no_such_tool], deletes: x}", "{program: no_such_tool, writes: x}", "{program: '*/x'}",
          "{operands: none, operand: {not: a}}", "{operands: none, option: -l}", "{program: cut, option: {-d: x}}",
          "{program: no_such_tool, option: {-x: y}}", "{program: no_such_tool, operand: /a//b}"})
        read_good("command: " + std::string(each));
}

BOOST_AUTO_TEST_CASE(every_example_of_the_documentation_reads) {
    std::ifstream file(RULEHOST_SOURCE_DIR "/docs/rules-commands.md");
    std::string const page(std::istreambuf_iterator<char>(file), {});
    std::ifstream list_file(RULEHOST_SOURCE_DIR "/rules/lists.yaml");
    std::string const list_text(std::istreambuf_iterator<char>(list_file), {});
    auto const lists = join_lists(read_lists(list_text, "lists.yaml")).lists;
    std::size_t examples = 0;
    auto const read = [&](std::string const& match, std::string_view kinds) {
        ++examples;
        rule_text text;
        text.applies_to = "applies_to: [" + std::string(kinds) + "]";
        text.match = match;
        auto const document = std::move(read_rules(text.text(), "page.yaml", lists).at(0));
        BOOST_TEST(document.diagnostics.empty(), all_text(document.diagnostics));
    };
    constexpr std::string_view fence = "```yaml\n";
    for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
        auto const begin = at + fence.size();
        auto const example = page.substr(begin, page.find("```", begin) - begin);
        read(example, example.find("some:") == std::string::npos ? "command" : "email");
    }
    // The maps of the tables have cells of their own.
    for (auto at = page.find("| `{"); at != std::string::npos; at = page.find("| `{", at + 1)) {
        auto const end = page.find("` |\n", at);
        if (end != std::string::npos && page.find('`', at + 3) == end)
            read("match: {command: " + page.substr(at + 3, end - at - 3) + "}", "command");
    }
    BOOST_TEST(examples > 20u);
}

BOOST_AUTO_TEST_CASE(braces_stand_for_several_texts) {
    BOOST_TEST((spread("a{b,c}d") == texts{"abd", "acd"}));
    BOOST_TEST((spread("{a,b{c,d}}") == texts{"a", "bc", "bd"}));
    BOOST_TEST((spread("{a,b}{,c}") == texts{"a", "ac", "b", "bc"}));
    BOOST_TEST((spread("{a}") == texts{"\\{a\\}"}));
    BOOST_TEST((spread("{a{b,c}") == texts{"\\{ab", "\\{ac"}));
    BOOST_TEST((spread("\\{a,b}[{,}]") == texts{"\\{a,b\\}[{,}]"}));
}

BOOST_AUTO_TEST_CASE(braces_that_stand_for_too_much_are_refused) {
    BOOST_TEST(finding_about("command: {operand: '{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}'}") ==
               "22: the braces expand to over 1024 texts (write a list of several)");
    std::vector<std::string> all;
    BOOST_TEST(!spread_braces(std::string(5'000, '{'), all));
    BOOST_TEST(spread_braces(std::string(4'000, '{'), all));
    BOOST_TEST(spread_braces(std::string(4'000, '['), all));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
