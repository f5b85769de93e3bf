// Rules about commands from the event to the tag: evidence, explanation, windows about one file, mutants.
#include <rulehost/engine.hpp>
#include <rulehost/rule_tests.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/live_engine.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>

namespace rulehost {

using test::command;
using test::make_event;
using test::noon;
using test::rule_matching;
using namespace std::chrono_literals;

namespace {

struct command_rules_fixture : test::live_engine {
    boost::json::object explain(std::string_view line) { return host.explain("R1", command(line), noon); }
    boost::json::object evidence(std::string_view line) {
        auto const made = host.evaluate(command(line), noon).value();
        return made.tags.empty() ? boost::json::object() : made.tags.front().evidence;
    }
    /// Whether the line, seen so long after noon, is tagged.
    bool tags_at(std::chrono::seconds later, std::string_view line) {
        auto e = command(line);
        e.observed_at = noon + later;
        e.session_id = "s";
        return !host.evaluate(e, noon + later).value().tags.empty();
    }
};

std::vector<std::string> changes_of(std::string_view match) {
    std::vector<std::string> changes;
    std::string yaml = "rule_id: R1\nname: a rule\napplies_to: [command]\nmatch: ";
    yaml.append(match).append("\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\n"
                              "tests: [{event: {command_text: x}, expect: []}]\n");
    for (auto const& each : run_rule_mutants(test::definition_of(yaml), noticing_tests::none))
        changes.push_back(each.change);
    return changes;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(rules_about_commands, command_rules_fixture)

BOOST_AUTO_TEST_CASE(evidence_holds_the_command_and_its_reading) {
    add(rule_matching("{command: {program: wget}}"));
    auto const plain = evidence("ls; wget http://a/b; id");
    BOOST_TEST(plain.at("command") == "wget http://a/b");
    BOOST_TEST(plain.at("reading") == "typed");
    BOOST_TEST(!plain.contains("truncated"));
    BOOST_TEST(evidence("w'g'et http://a/b").at("reading") == "unfolded");
    BOOST_TEST(evidence("echo d2dldCBh | base64 -d | sh").at("reading") == "decoded");
    BOOST_TEST(evidence("curl a").empty());
}

BOOST_AUTO_TEST_CASE(evidence_of_a_line_that_is_not_read_to_its_end_says_so) {
    add(rule_matching("{command: {program: wget}}"));
    std::string line = "wget a; ";
    line += std::string(1'100'000, ' ');
    BOOST_TEST(evidence(line + "id").at("truncated") == true);
}

BOOST_AUTO_TEST_CASE(line_that_is_not_read_to_its_end_has_a_reading_of_its_own) {
    add(rule_matching("{command: {reading: truncated}}"));
    BOOST_TEST(evidence("wget a").empty());
    BOOST_TEST(!evidence("wget a; " + std::string(1'100'000, ' ') + "id").empty());
}

BOOST_AUTO_TEST_CASE(reading_can_be_a_condition) {
    add(rule_matching("{command: {program: wget, reading: decoded}}"));
    BOOST_TEST(evidence("wget a").empty());
    BOOST_TEST(!evidence("echo d2dldCBh | base64 -d | sh").empty());
}

BOOST_AUTO_TEST_CASE(evidence_of_bytes_that_are_no_characters_is_text) {
    add(rule_matching("{command: {program: wget}}"));
    BOOST_TEST(evidence("printf 'wget \\377' | sh").at("command") == "wget \xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(explanation_shows_the_commands_of_the_line) {
    add(rule_matching("{command: {program: wget}}"));
    auto const explanation = explain("ls -l; w'g'et a");
    auto const& commands = explanation.at("commands").as_array();
    BOOST_TEST(commands.size() == 2u);
    BOOST_TEST(commands.at(0).at("text") == "ls -l");
    BOOST_TEST(commands.at(1).at("text") == "wget a");
    BOOST_TEST(commands.at(1).at("reading") == "unfolded");
    BOOST_TEST(explanation.at("condition").at("matched") == "wget a");
    BOOST_TEST(explanation.at("verdict") == "tags");
}

BOOST_AUTO_TEST_CASE(explanation_shows_the_nearest_miss_first_with_the_keys_that_fail) {
    add(rule_matching("{command: [{program: crontab, option: -r, operands: none}, {program: rm, operand: x}]}"));
    auto const explanation = explain("rm y; crontab -l");
    auto const& nearest = explanation.at("condition").at("nearest").as_array();
    BOOST_TEST(nearest.size() == 2u);
    BOOST_TEST(nearest.at(0).at("text") == "crontab -l");
    auto const& failed = nearest.at(0).at("failed").as_array();
    BOOST_TEST(failed.size() == 1u);
    BOOST_TEST(failed.at(0).at("key") == "option");
    BOOST_TEST(failed.at(0).at("has").as_array().at(0) == "-l");
    BOOST_TEST(nearest.at(1).at("text") == "rm y");
    BOOST_TEST(nearest.at(1).at("failed").at(0).at("key") == "operand");
}

BOOST_AUTO_TEST_CASE(explanation_of_commands_in_order_reports_each) {
    add(rule_matching("{commands_in_order: [{fetches: '*'}, {program: chmod, operand: x}], same: file}"));
    auto const explanation = explain("wget http://a/x; chmod +x y");
    auto const& steps = explanation.at("condition").at("of").as_array();
    BOOST_TEST(explanation.at("condition").at("same") == "file");
    BOOST_TEST(steps.at(0).at("holds") == true);
    BOOST_TEST(steps.at(1).at("holds") == false);
    BOOST_TEST(steps.at(1).at("nearest").at(0).at("failed").at(0).at("key") == "operand");
}

BOOST_AUTO_TEST_CASE(sequence_of_events_is_about_one_file) {
    add(rule_matching("{window: {sequence: [{command: {fetches: '*'}}, {command: {makes_executable: '*'}}, "
                      "{command: {runs: '*'}}], same: file, within: 10m, group_by: [session_id]}}"));
    BOOST_TEST(!tags_at(0s, "cd /tmp; wget http://a/x"));
    BOOST_TEST(!tags_at(1s, "wget http://a/y"));
    BOOST_TEST(!tags_at(2s, "chmod +x x z"));
    BOOST_TEST(!tags_at(3s, "./y"));
    BOOST_TEST(!tags_at(4s, "./z"));
    BOOST_TEST(tags_at(5s, "/tmp/x"));
}

BOOST_AUTO_TEST_CASE(object_of_a_list_satisfies_all_conditions_itself) {
    add(rule_matching("{some: {of: mail.attachments, match: {all_of: [{field: name, ends_with: .exe}, "
                      "{not: {field: size, at_least: 100}}]}}}",
                      "R1", "[email]"));
    auto const tags = [&](std::string_view payload) {
        return !host.evaluate(make_event("email", payload), noon).value().tags.empty();
    };
    BOOST_TEST(tags(R"({"mail": {"attachments": [{"name": "a.txt"}, {"name": "b.exe", "size": 5}]}})"));
    BOOST_TEST(!tags(R"({"mail": {"attachments": [{"name": "a.txt", "size": 5}, {"name": "b.exe", "size": 500}]}})"));
    BOOST_TEST(!tags(R"({"mail": {"attachments": ["b.exe"], "name": "b.exe"}})"));
    BOOST_TEST(!tags(R"({"name": "b.exe"})"));
    BOOST_TEST(tags(R"({"mail": [{"attachments": {"name": "b.exe"}}]})"));
}

BOOST_AUTO_TEST_CASE(object_of_a_list_may_hold_a_list) {
    add(rule_matching("{some: {of: a, match: {all_of: [{field: x, equals: 1}, {some: {of: b, match: {all_of: "
                      "[{field: y, equals: 2}, {field: z, equals: 3}]}}}]}}}",
                      "R1", "[email]"));
    auto const tags = [&](std::string_view payload) {
        return !host.evaluate(make_event("email", payload), noon).value().tags.empty();
    };
    BOOST_TEST(tags(R"({"a": [{"x": 2}, {"x": 1, "b": [{"y": 2}, {"y": 2, "z": 3}]}]})"));
    BOOST_TEST(!tags(R"({"a": [{"x": 1, "b": [{"y": 2}, {"z": 3}]}, {"x": 2, "b": [{"y": 2, "z": 3}]}]})"));
}

BOOST_AUTO_TEST_CASE(explanation_reports_each_object_of_a_list) {
    add(rule_matching("{some: {of: a, match: {field: x, equals: 1}}}", "R1", "[email]"));
    auto const explanation = host.explain("R1", make_event("email", R"({"a": [{"x": 2}, {"x": 1}]})"), noon);
    auto const& of = explanation.at("condition").at("of").as_array();
    BOOST_TEST(of.at(0).at("holds") == false);
    BOOST_TEST(of.at(0).at("value") == 2);
    BOOST_TEST(of.at(1).at("holds") == true);
}

BOOST_AUTO_TEST_CASE(mutants_change_what_a_rule_says_about_commands) {
    auto const changes = changes_of("{command: [{program: [a, b], option: -r}, {program: c, operands: {at_least: 2}, "
                                    "operand: {any: '/tmp/*', except: '*.log'}, ignore_case: true}]}");
    for (std::string_view const wanted :
         {"without the command", "without option", "without program", "without the value a", "at_least needs one more",
          "without except", "letter case counts", "without operand"})
        BOOST_TEST(std::ranges::count(changes, wanted) > 0, wanted);
    auto const in_order =
        changes_of("{commands_in_order: [{program: a}, {program: b}, {text: {pattern: 'a\\b'}}], same: file}");
    for (std::string_view const wanted : {"about several files", "without the command", "'\\b' left out at offset 1"})
        BOOST_TEST(std::ranges::count(in_order, wanted) > 0, wanted);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
