// A command line with more commands than are read at a time.
#include "event/line_framer.hpp"
#include "event/line_shortener.hpp"

#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace rulehost {

namespace {

constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

std::string commands(std::size_t count) {
    std::string line;
    for (std::size_t i = 0; i != count; ++i)
        line += ":;";
    return line;
}

std::size_t tags(std::string const& match, std::string const& line) {
    engine host;
    auto const definition = test::rule_matching(match);
    host.apply(rule_change(1, definition->rule_id, definition));
    return host.evaluate(test::command(line), now).value().tags.size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(lines_of_very_many_commands)

BOOST_AUTO_TEST_CASE(command_behind_any_number_of_others_is_found) {
    for (std::size_t const count : {100u, 16'000u, 40'000u, 200'000u})
        BOOST_TEST(tags("{command: {program: wget}}", commands(count) + "wget x") == 1u, count << " in front");
    BOOST_TEST(tags("{command: {program: wget}}", commands(200'000)) == 0u);
}

BOOST_AUTO_TEST_CASE(command_behind_thousands_of_parts_is_found) {
    constexpr auto begins = "{pattern: '^wget http'}";
    for (std::size_t const before : {255u, 512u, 5'000u, 30'000u}) {
        auto const line = commands(before);
        BOOST_TEST(tags(begins, line + "wget http://198.51.100.7/x") == 1u, before);
        BOOST_TEST(tags(begins, line + "w'g'et http://198.51.100.7/x") == 1u, before);
        BOOST_TEST(tags("{starts_with: 'wget http'}", line + "wget http://198.51.100.7/x;" + commands(500)) == 1u,
                   before);
        BOOST_TEST(tags(begins, line + "echo wget http://198.51.100.7/x") == 0u, before);
    }
}

BOOST_AUTO_TEST_CASE(explanation_of_the_first_commands_says_that_there_are_more) {
    engine host;
    for (auto const* const match : {"{command: {program: wget}}", "{pattern: '^wget http'}"}) {
        auto const definition = test::rule_matching(match);
        host.apply(rule_change(1, definition->rule_id, definition));
        auto const account = [&](std::size_t before) {
            return host.explain(definition->rule_id, test::command(commands(before) + "wget http://192.0.2.1/x"), now);
        };
        BOOST_TEST(!account(100).contains("more_commands"));
        BOOST_TEST(account(40'000).at("more_commands") == true);
    }
}

BOOST_AUTO_TEST_CASE(rule_tags_once_however_often_its_command_occurs) {
    auto const line = "wget x;" + commands(40'000) + "wget y;" + commands(40'000) + "wget z";
    BOOST_TEST(tags("{command: {program: wget}}", line) == 1u);
}

BOOST_AUTO_TEST_CASE(window_counts_the_event_once) {
    auto const line = "wget x;" + commands(40'000) + "wget y";
    BOOST_TEST(tags("{window: {of: {command: {program: wget}}, count: {at_least: 2}, within: 5m, group_by: "
                    "[attacker_uuid]}}",
                    line) == 0u);
}

BOOST_AUTO_TEST_CASE(window_that_is_fed_does_not_keep_a_rule_from_further_commands) {
    constexpr auto match =
        "{any_of: [{command: {program: nc}}, {window: {of: {command: {program: wget}}, count: {at_least: 2}, within: "
        "5m, group_by: [attacker_uuid]}}]}";
    for (bool const is_ahead : {false, true}) {
        engine host;
        host.apply(rule_change(1, "R1", test::rule_matching(match)));
        auto const tags = [&](std::string const& line, char const* id) {
            auto e = test::command(line);
            e.source_id = id;
            evaluation result;
            if (is_ahead) {
                window_feed later;
                host.evaluate_ahead(e, now, result, later);
                host.feed_windows(std::move(later), result);
            } else {
                host.evaluate(e, now, result);
            }
            return result.tags;
        };
        auto made = tags("wget x;" + commands(17'000) + "nc y", "first");
        BOOST_REQUIRE_EQUAL(made.size(), 1u);
        BOOST_TEST(made.front().evidence.at("command") == "nc y");
        BOOST_TEST(!made.front().evidence.contains("window"));
        made = tags("wget x;" + commands(17'000) + "wget z", "second");
        BOOST_REQUIRE_EQUAL(made.size(), 1u);
        BOOST_TEST(made.front().evidence.at("command") == "wget x");
        BOOST_TEST(made.front().evidence.at("window").at("reached") == 2);
    }
}

BOOST_AUTO_TEST_CASE(steps_far_apart_in_a_line_are_steps_of_one_event) {
    engine host;
    host.apply(rule_change(1, "R1",
                           test::rule_matching("{window: {sequence: [{command: {program: wget}}, {command: {program: "
                                               "chmod}}], within: 5m, group_by: [attacker_uuid]}}")));
    auto const near = host.evaluate(test::command("chmod a;wget a"), now).value().tags.size();
    auto e = test::command("chmod b;" + commands(17'000) + "wget b");
    e.attacker_uuid = "22222222-2222-4222-8222-222222222222";
    BOOST_TEST(host.evaluate(e, now).value().tags.size() == near);
    e.source_id = "later";
    e.payload["command_text"] = "chmod b";
    BOOST_TEST(host.evaluate(e, now).value().tags.size() == 1u); // the wget is found
}

BOOST_AUTO_TEST_CASE(line_is_truncated_where_reading_ends_and_not_before) {
    BOOST_TEST(tags("{command: {reading: truncated}}", commands(200'000)) == 0u);
    BOOST_TEST(tags("{command: {reading: truncated}}", commands(600'000)) == 1u);
}

BOOST_AUTO_TEST_CASE(line_that_was_cut_before_it_came_here_is_truncated) {
    engine host;
    host.apply(rule_change(1, "R1", test::rule_matching("{command: {reading: truncated}}")));
    // The least that is kept: a text in a nearly full line, in which each character is an escape.
    line_shortener shortener(line_framer::max_line_size);
    auto const filling = '"' + std::string(310'000, 'a') + '"';
    shortener.feed(R"({"a":)" + filling + R"(,"b":)" + filling + R"(,"c":)" + filling + R"(,"input":")");
    for (int i = 0; i != 1000; ++i)
        shortener.feed(R"(\u0061)");
    shortener.feed(R"(;wget x"})");
    std::string const cut(boost::json::parse(shortener.text()).at("input").as_string());
    BOOST_REQUIRE(!cut.ends_with("wget x"));
    for (auto const& line : {cut, ": " + std::string(64 * 1024, 'a')}) {
        auto e = test::command(line);
        BOOST_TEST(host.evaluate(e, now).value().tags.empty());
        e.truncated = true;
        BOOST_TEST(host.evaluate(e, now).value().tags.size() == 1u, line.size());
    }
    auto beside = test::command("ls"); // from a session with another, truncated command
    beside.truncated = true;
    BOOST_TEST(host.evaluate(beside, now).value().tags.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
