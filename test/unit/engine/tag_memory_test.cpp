#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

using test::command;
using test::definition_of;
using test::noon;

namespace {

void add(engine& to, std::string_view id, std::string_view fields, std::string_view word) {
    to.apply(rule_change{
        to.revision() + 1, std::string(id),
        definition_of("rule_id: " + std::string(id) +
                      "\nname: a rule\napplies_to: [command]\nmatch: {field: command_text, contains: " +
                      std::string(word) + "}\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\n" +
                      "evidence_fields: " + std::string(fields) + "\n")});
}

std::vector<std::string> texts_of(std::vector<tag> const& tags) {
    std::vector<std::string> texts;
    for (auto const& each : tags) {
        texts.emplace_back();
        append_json(texts.back(), each);
    }
    return texts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory_of_tags)

BOOST_AUTO_TEST_CASE(evidence_is_the_same_whichever_rules_speak_beside) {
    auto e = command("wget x");
    e.payload["user"] = "root";
    e.payload["list"] = {"a", {{"b", 1}}};
    std::vector<std::string> alone;
    engine together;
    constexpr std::pair<std::string_view, std::string_view> rules[]{
        {"R1", "[command_text]"}, {"R2", "[command_text, list]"},
        {"R3", "[command_text]"}, {"R4", "[list, command_text]"},
        {"R5", "[list.b]"},       {"R6", "[command_text, list]"}};
    for (auto const& [id, fields] : rules) {
        engine one;
        add(one, id, fields, "wget");
        add(together, id, fields, "wget");
        auto found = one.evaluate(e, noon).value().tags;
        BOOST_REQUIRE_EQUAL(found.size(), 1u);
        alone.push_back(boost::json::serialize(found.front().evidence));
    }
    auto const found = together.evaluate(e, noon).value().tags;
    BOOST_REQUIRE_EQUAL(found.size(), alone.size());
    for (std::size_t i = 0; i != alone.size(); ++i)
        BOOST_TEST(boost::json::serialize(found[i].evidence) == alone[i]);
}

BOOST_AUTO_TEST_CASE(a_cut_field_is_reported_by_every_rule_that_wants_it) {
    engine host({.scan_limit = 64});
    for (std::string_view const id : {"R1", "R2", "R3"})
        add(host, id, id == "R3" ? "[attacker_uuid]" : "[list]", "wget");
    auto e = command("wget x");
    e.payload["list"] = {std::string(60, 'a'), std::string(60, 'b')};
    auto const found = host.evaluate(e, noon).value().tags;
    BOOST_REQUIRE_EQUAL(found.size(), 3u);
    BOOST_TEST(found[0].truncated);
    BOOST_TEST(found[1].truncated);
    BOOST_TEST(!found[2].truncated);
}

BOOST_AUTO_TEST_CASE(tags_made_in_the_memory_of_others_hold_nothing_of_them) {
    engine host;
    add(host, "R1", "[command_text]", "wget");
    add(host, "R2", "[command_text]", "curl");
    add(host, "R3", "[command_text]", "curl");
    host.apply(rule_change{host.revision() + 1, "R1", rule_state::clipped(0.5, "noisy")});
    auto full = command("wget x; curl y");
    full.identity_uuid = "5e8f0b9c-6f3c-4cb2-9b5d-0c6a5f1f0d5e";
    full.session_id = "s1";
    full.decky_id = "sensor";
    full.observed_at = noon;
    full.truncated = true;
    full.payload["src"] = "198.51.100.1";
    full.payload["src_port"] = 22;
    auto const bare = command("curl z");
    auto const fresh = texts_of(host.evaluate(bare, noon).value().tags);
    evaluation reused;
    for (int round = 0; round != 3; ++round) {
        host.evaluate(full, noon, reused);
        BOOST_REQUIRE_EQUAL(reused.tags.size(), 3u);
        for (auto& each : reused.tags) {
            each.input = "a file";
            each.line = 7;
        }
        host.evaluate(bare, noon, reused);
        BOOST_TEST(texts_of(reused.tags) == fresh, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
