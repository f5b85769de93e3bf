#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/live_engine.hpp"

#include <boost/test/unit_test.hpp>

namespace rulehost {

using test::command;
using test::make_event;
using test::noon;
using test::rule_matching;

namespace {

struct explain_fixture : test::live_engine {
    std::string verdict(event const& e, time_point now = noon) {
        return std::string(host.explain("R1", e, now).at("verdict").as_string());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(explanation, explain_fixture)

BOOST_AUTO_TEST_CASE(says_which_condition_held_and_on_what) {
    add(rule_matching("{all_of: [{pattern: 'cat\\s+/etc'}, {field: uid, equals: 0}]}"));
    auto const explanation = host.explain("R1", command("c'a't  /etc/passwd"), noon);
    BOOST_TEST(explanation.at("verdict") == "no tag: the condition does not hold");
    BOOST_TEST(explanation.at("normalised") == "cat  /etc/passwd");
    auto const& of = explanation.at("condition").at("of").as_array();
    BOOST_TEST(of.at(0).at("holds") == true);
    BOOST_TEST(of.at(0).at("matched") == "cat  /etc");
    BOOST_TEST(of.at(0).at("matched_on") == "normalised");
    BOOST_TEST(of.at(1).at("holds") == false);
    BOOST_TEST(of.at(1).at("field") == "uid");
    BOOST_TEST(of.at(1).at("missing") == true);
}

BOOST_AUTO_TEST_CASE(shows_what_the_event_has_instead) {
    add(rule_matching(
        "{any_of: [{field: n, at_least: 5}, {field: session_id, equals: x}, {field: tags, one_of: [a]}]}"));
    auto e = command("wget");
    e.session_id = "y";
    e.payload["n"] = 4;
    e.payload["tags"] = boost::json::array{"b", std::string(1000, 'c')};
    auto const explanation = host.explain("R1", e, noon);
    auto const& of = explanation.at("condition").at("of").as_array();
    BOOST_TEST(of.at(0).at("value") == 4);
    BOOST_TEST(of.at(1).at("value") == "y");
    BOOST_TEST(of.at(2).at("value").as_string().size() == 400u);
}

BOOST_AUTO_TEST_CASE(quotes_end_with_a_whole_character) {
    auto const accents = [](std::size_t letters) { return std::string(letters, 'x') + "\u00e9\u00e9\u00e9"; };
    add(rule_matching("{all_of: [{pattern: 'x+\u00e9+'}, {field: name, equals: y}]}"));
    auto e = command(accents(399));
    e.payload["name"] = accents(399);
    auto const explanation = host.explain("R1", e, noon);
    auto const& of = explanation.at("condition").at("of").as_array();
    BOOST_TEST(of.at(0).at("matched") == boost::json::value(std::string(399, 'x')));
    BOOST_TEST(of.at(1).at("value") == boost::json::value(std::string(399, 'x')));
}

BOOST_AUTO_TEST_CASE(names_the_reason_for_silence) {
    BOOST_TEST(verdict(command("wget")) == "no tag: there is no such live rule");
    add(rule_matching("{pattern: wget}"));
    BOOST_TEST(verdict(command("wget")) == "tags");
    BOOST_TEST(verdict(make_event("session", "{}")) == "no tag: the rule does not apply to source_kind session");
    auto nobody = command("wget");
    nobody.attacker_uuid.clear();
    BOOST_TEST(verdict(nobody) == "no tag: the event is refused, neither attacker_uuid nor identity_uuid");
    host.apply({++newest, "R1", rule_state::disabled("noisy", noon)});
    BOOST_TEST(verdict(command("wget"), noon - duration{1}) == "no tag: the rule is disabled, noisy");
    auto const expired = host.explain("R1", command("wget"), noon);
    BOOST_TEST(expired.at("verdict") == "tags");
    BOOST_TEST(expired.at("state").as_object().contains("expired"));
    host.apply({++newest, "R1", rule_state::clipped(0.1, "noisy")});
    auto const clipped = host.explain("R1", command("wget"), noon);
    BOOST_TEST(clipped.at("verdict") == "no tag: every confidence is below the floor");
    BOOST_TEST(clipped.at("emissions").at(0).at("after_clip") == 0.1);
    BOOST_TEST(clipped.at("emissions").at(0).at("confidence_in_rule") == 0.9);
}

BOOST_AUTO_TEST_CASE(reads_windows_without_feeding_them) {
    add(rule_matching("{window: {count: {at_least: 2}, within: 5m, group_by: [attacker_uuid]}}"));
    auto const explanation = host.explain("R1", command("a"), noon);
    BOOST_TEST(explanation.at("verdict") == "no tag: no condition holds and no window is full");
    BOOST_TEST(explanation.at("windows").at(0).at("reached") == 1);
    BOOST_TEST(explanation.at("windows").at(0).at("needed") == 2);
    BOOST_TEST(explanation.at("windows").at(0).at("group").as_object().contains("attacker_uuid"));
    host.evaluate(command("a"), noon);
    BOOST_TEST(verdict(command("b")) == "tags");
    BOOST_TEST(verdict(command("b")) == "tags");
    BOOST_TEST(host.statistics().front().matches == 0u);
}

BOOST_AUTO_TEST_CASE(names_what_a_window_lacks_to_group_by) {
    add(rule_matching("{window: {count: {at_least: 2}, within: 5m, group_by: [attacker_uuid, user.name]}}"));
    auto const explanation = host.explain("R1", command("a"), noon);
    BOOST_TEST(explanation.at("windows").at(0).at("why") == "the event lacks what it is grouped by: user.name");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
