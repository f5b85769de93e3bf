#include "rule_text.hpp"

#include <rulehost/list_reader.hpp>

#include <set>

namespace {

using namespace rulehost;
using namespace rulehost::test;

namespace json = boost::json;

joined_lists join(std::string_view text, rule_lists const& former = {}) {
    return join_lists(read_lists(text, "lists.yaml"), former);
}

joined_lists join_files(std::vector<std::pair<std::string, std::string>> const& files, rule_lists const& former = {}) {
    std::vector<list_document> documents;
    for (auto const& [path, text] : files)
        for (auto& each : read_lists(text, path))
            documents.push_back(std::move(each));
    return join_lists(documents, former);
}

json::array opened(rule_lists const& lists, std::string_view name) {
    std::set<std::string> used;
    return open_list(lists, name, used);
}

/// `path:line:column code: message hint` of each finding.
std::string text_of(std::vector<diagnostic> const& diagnostics) {
    std::string text;
    for (auto const& each : diagnostics) {
        text += each.path + ":" + std::to_string(each.line) + ":" + std::to_string(each.column) + " " + each.code +
            ": " + each.message + (each.hint.empty() ? "" : " (" + each.hint + ")") + "\n";
    }
    return text;
}

BOOST_AUTO_TEST_SUITE(list_reading)

BOOST_AUTO_TEST_CASE(lists_are_read_with_their_values_and_places) {
    auto const joined = join("# what many rules speak of\nlists:\n  shells: [sh, bash]\n  ports: [22, '80', true]\n");
    BOOST_TEST(text_of(joined.diagnostics) == "");
    BOOST_REQUIRE_EQUAL(joined.lists.size(), 2u);
    BOOST_TEST((joined.lists.at("shells").values == json::array{"sh", "bash"}));
    BOOST_TEST((joined.lists.at("ports").values == json::array{22, "80", true}));
    BOOST_TEST(joined.lists.at("ports").path == "lists.yaml");
    BOOST_TEST(joined.lists.at("ports").line == 4u);
}

BOOST_AUTO_TEST_CASE(list_in_a_list_is_part_of_it) {
    auto const joined = join("lists: {all: [a, [b, [c]], d]}");
    BOOST_TEST((joined.lists.at("all").values == json::array{"a", "b", "c", "d"}));
}

BOOST_AUTO_TEST_CASE(documents_of_lists_and_rules_share_a_file) {
    auto const text = rule_text().text() + "---\nlists: {a: [x]}\n---\nlists:\n  b: [y]\n";
    BOOST_TEST(join(text).lists.size() == 2u);
    BOOST_TEST(join(text).lists.at("b").line == 10u);
    auto const rules = read_rules(text, "a.yaml");
    BOOST_REQUIRE_EQUAL(rules.size(), 1u);
    BOOST_TEST(rules.front().definition);
}

BOOST_AUTO_TEST_CASE(name_in_a_list_is_opened_once_and_in_its_place) {
    auto const joined = join("lists:\n  a: [1, $b, 4, $b, $c]\n  b: [2, $c]\n  c: [3]\n");
    BOOST_TEST(text_of(joined.diagnostics) == "");
    std::set<std::string> used;
    BOOST_TEST((open_list(joined.lists, "a", used) == json::array{1, 2, 3, 4}));
    BOOST_TEST((used == std::set<std::string>{"a", "b", "c"}));
    BOOST_TEST(opened(joined.lists, "d").empty());
}

BOOST_AUTO_TEST_CASE(variable_of_a_shell_is_a_text) {
    auto const joined = join("lists: {histories: [.bash_history, $HISTFILE, '$HOME/x', $]}");
    BOOST_TEST(text_of(joined.diagnostics) == "");
    BOOST_TEST(opened(joined.lists, "histories").size() == 4u);
}

BOOST_AUTO_TEST_CASE(malformed_lists_are_reported_with_their_place) {
    BOOST_TEST(text_of(join("lists:\n  a: sh\n").diagnostics) ==
               "lists.yaml:2:6 wrong-type: a must be a list, but is text (write a: [...])\n");
    BOOST_TEST(text_of(join("lists:\n  a: []\n").diagnostics) == "lists.yaml:2:6 empty-list: the list 'a' is empty\n");
    BOOST_TEST(text_of(join("lists:\n  a: [x, {b: c}]\n").diagnostics).starts_with("lists.yaml:2:10 wrong-type: "));
    BOOST_TEST(text_of(join("lists:\n  a: [x, null]\n").diagnostics).starts_with("lists.yaml:2:10 wrong-type: "));
    BOOST_TEST(text_of(join("lists: [a]\n").diagnostics).starts_with("lists.yaml:1:8 wrong-type: lists must be a map"));
    BOOST_TEST(text_of(join("lists: {a: [x]}\nname: y\n").diagnostics).starts_with("lists.yaml:2:1 unknown-key: "));
}

BOOST_AUTO_TEST_CASE(bad_name_is_reported_and_costs_no_other_list) {
    auto const joined = join("lists:\n  $a: [x]\n  Shells: [y]\n  b: [z]\n");
    BOOST_TEST(text_of(joined.diagnostics) ==
               "lists.yaml:2:3 invalid-value: the name of a list takes small letters, digits and _, a letter first; at "
               "most 64 (define it as 'a'; the $ is for where it is used)\n"
               "lists.yaml:3:3 invalid-value: the name of a list takes small letters, digits and _, a letter first; at "
               "most 64\n");
    BOOST_REQUIRE_EQUAL(joined.lists.size(), 1u);
    BOOST_TEST(joined.lists.contains("b"));
}

BOOST_AUTO_TEST_CASE(name_that_is_defined_twice_is_reported_with_both_places) {
    auto const joined = join_files({{"a.yaml", "lists: {x: [1]}"}, {"b.yaml", "# more\nlists: {x: [2]}"}});
    BOOST_TEST(text_of(joined.diagnostics) ==
               "b.yaml:2:9 duplicate-list: the list 'x' is defined already at a.yaml:1 (give "
               "one of them another name)\n");
    BOOST_TEST((joined.lists.at("x").values == json::array{1}));
    BOOST_TEST(text_of(join("lists: {x: [1], x: [2]}").diagnostics).find("duplicate-key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(unknown_name_is_reported_with_the_one_that_was_meant) {
    auto const joined = join("lists:\n  shells: [sh]\n  interpreters: [perl, $shels]\n");
    BOOST_TEST(text_of(joined.diagnostics) ==
               "lists.yaml:3:24 unknown-list: unknown list $shels (did you mean '$shells'?)\n");
    BOOST_TEST(!joined.lists.contains("interpreters"));
    BOOST_TEST(joined.lists.contains("shells"));
}

BOOST_AUTO_TEST_CASE(list_that_names_a_bad_one_is_bad) {
    auto const joined = join("lists:\n  a: [$b]\n  b: [$c]\n  c: 5\n");
    BOOST_TEST(text_of(joined.diagnostics) ==
               "lists.yaml:4:6 wrong-type: c must be a list, but is a number (write c: [...])\n"
               "lists.yaml:3:7 unknown-list: the list $c has an error\n"
               "lists.yaml:2:7 unknown-list: the list $b has an error\n");
    BOOST_TEST(joined.lists.empty());
}

BOOST_AUTO_TEST_CASE(lists_that_name_each_other_are_reported) {
    auto const joined = join("lists:\n  a: [x, $b]\n  b: [$c]\n  c: [$a]\n  d: [$d]\n  e: [y]\n");
    BOOST_TEST(text_of(joined.diagnostics) ==
               "lists.yaml:2:10 list-circle: the list 'a' leads back to itself by way of $b\n"
               "lists.yaml:3:7 list-circle: the list 'b' leads back to itself by way of $c\n"
               "lists.yaml:4:7 list-circle: the list 'c' leads back to itself by way of $a\n"
               "lists.yaml:5:7 list-circle: the list 'd' leads back to itself by way of $d\n");
    BOOST_TEST(joined.lists.size() == 1u);
    BOOST_TEST(joined.lists.contains("e"));
}

BOOST_AUTO_TEST_CASE(bad_list_stays_what_it_was) {
    auto const former = join("lists: {a: [x], b: [y], c: [z]}").lists;
    auto const bad = join("lists: {a: [], b: [new], d: [$c]}", former);
    BOOST_TEST((bad.lists.at("a").values == json::array{"x"}));
    BOOST_TEST((bad.lists.at("b").values == json::array{"new"}));
    BOOST_TEST(!bad.lists.contains("c"));
    BOOST_TEST(!bad.lists.contains("d")); // c is gone, so d names nothing
}

BOOST_AUTO_TEST_CASE(lists_of_a_document_that_cannot_be_read_stay_what_they_were) {
    auto const former = join("lists: {a: [x], b: [y]}").lists;
    auto const bad = join("lists: {a: [x, b: [y]}", former);
    BOOST_TEST(has_errors(bad.diagnostics));
    BOOST_TEST(bad.lists.size() == 2u);
    BOOST_TEST(join("lists: 5", former).lists.size() == 2u);
    BOOST_TEST(join_files({{"other.yaml", "lists: 5"}}, former).lists.empty());
}

BOOST_AUTO_TEST_CASE(circle_goes_back_to_the_lists_before) {
    auto const former = join("lists: {a: [x], b: [$a]}").lists;
    auto const bad = join("lists: {a: [$b], b: [$a, y]}", former);
    BOOST_TEST((opened(bad.lists, "b") == json::array{"x"}));
}

BOOST_AUTO_TEST_CASE(long_chain_costs_no_stack) {
    std::string text = "lists:\n";
    for (int n = 0; n < 8000; ++n)
        text += "  n" + std::to_string(n) + ": [$n" + std::to_string(n + 1) + "]\n";
    auto const joined = join(text + "  n8000: [end]\n");
    BOOST_TEST(text_of(joined.diagnostics) == "");
    BOOST_TEST((opened(joined.lists, "n0") == json::array{"end"}));
}

BOOST_AUTO_TEST_CASE(lists_without_a_line_of_their_own_are_reported) {
    auto const rule = read_one("{lists: {a: [x]}}");
    BOOST_TEST(!rule.definition);
    BOOST_TEST(rule.diagnostics.front().hint == "write `lists:` at the start of a line");
    BOOST_TEST(has_code(read_one(rule_text().text() + "lists: {a: [x]}\n").diagnostics, "unknown-key"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
