#include "window_events.hpp"

namespace rulehost {

using namespace test;

BOOST_FIXTURE_TEST_SUITE(windows_of_rules, host_of_one)

BOOST_AUTO_TEST_CASE(tag_of_a_window_says_what_it_counted) {
    add(rule_matching(three_in_five_minutes, "R1", "[auth_attempt]"));
    login(seconds{0});
    login(seconds{1});
    auto e = make_event("auth_attempt", R"({"username":"root"})", noon + seconds{2});
    auto const tags = host.evaluate(e, noon).value().tags;
    BOOST_REQUIRE_EQUAL(tags.size(), 1u);
    BOOST_TEST(tags.front().evidence.at("window").at("reached") == 3);
}

BOOST_AUTO_TEST_CASE(groups_go_by_anchor_and_field_and_need_both) {
    add(rule_matching("{window: {of: {field: username, exists: true}, count: {at_least: 2}, within: 5m, "
                      "group_by: [session_id, username]}}",
                      "R1", "[auth_attempt]"));
    BOOST_TEST(!login(seconds{0}, "root", "s1"));
    BOOST_TEST(!login(seconds{1}, "root", "s2"));
    BOOST_TEST(!login(seconds{2}, "admin", "s1"));
    BOOST_TEST(!login(seconds{3}, "root", ""));
    BOOST_TEST(!login(seconds{4}, "root", ""));
    BOOST_TEST(login(seconds{5}, "root", "s1"));
}

BOOST_AUTO_TEST_CASE(distinct_count_of_a_field) {
    add(rule_matching(
        "{window: {distinct_count: {field: username, at_least: 3}, within: 5m, group_by: [attacker_uuid]}}", "R1",
        "[auth_attempt]"));
    BOOST_TEST(!login(seconds{0}, "a"));
    BOOST_TEST(!login(seconds{1}, "b"));
    BOOST_TEST(!login(seconds{2}, "b"));
    BOOST_TEST(login(seconds{3}, "c"));
}

BOOST_AUTO_TEST_CASE(sequence_over_source_kinds) {
    add(rule_matching("{window: {sequence: [{field: result, equals: failed}, {field: command_text, contains: wget}], "
                      "within: 1h, group_by: [attacker_uuid]}}",
                      "R1", "[auth_attempt, command]"));
    BOOST_TEST(!fires(make_event("command", R"({"command_text":"wget x"})", noon)));
    BOOST_TEST(!fires(make_event("auth_attempt", R"({"result":"failed"})", noon + minutes{1})));
    BOOST_TEST(fires(make_event("command", R"({"command_text":"wget x"})", noon + minutes{2})));
}

BOOST_AUTO_TEST_CASE(every_window_of_an_alternative_is_fed) {
    add(rule_matching("{any_of: [{field: username, equals: magic},"
                      "{window: {count: {at_least: 3}, within: 5m, group_by: [attacker_uuid]}},"
                      "{window: {count: {at_least: 2}, within: 5m, group_by: [username]}}]}",
                      "R1", "[auth_attempt]"));
    BOOST_TEST(login(seconds{0}, "magic"));
    BOOST_TEST(login(seconds{1}, "magic"));
    BOOST_TEST(login(seconds{2}, "new"));
}

BOOST_AUTO_TEST_CASE(window_counts_before_during_and_after_a_preparation) {
    auto const again = [](char const* confidence) {
        return definition_of(
            "rule_id: R1\nname: a rule\napplies_to: [auth_attempt]\nmatch: " + std::string(three_in_five_minutes) +
            "\nemits: [{technique_id: T1105, tactic: TA0011, confidence: " + confidence + "}]\n");
    };
    add(again("0.9"));
    BOOST_TEST(!login(seconds{0}));
    auto prepared = host.prepare({++newest, "R1", again("0.8")});
    BOOST_TEST(!login(seconds{1}));
    BOOST_TEST(host.publish(std::move(prepared)));
    BOOST_TEST(login(seconds{2}));
}

BOOST_AUTO_TEST_CASE(disabled_rule_keeps_counting) {
    add(rule_matching(three_in_five_minutes, "R1", "[auth_attempt]"));
    host.apply({++newest, "R1", rule_state::disabled("noisy")});
    login(seconds{0});
    login(seconds{1});
    host.apply({++newest, "R1", rule_state{}});
    BOOST_TEST(login(seconds{2}));
}

BOOST_AUTO_TEST_CASE(window_survives_other_rules_and_its_own_rule_unless_it_changes) {
    add(rule_matching(three_in_five_minutes, "R1", "[auth_attempt]"));
    login(seconds{0});
    add(rule_matching("{pattern: wget}", "R2"));
    host.compact();
    login(seconds{1});
    add(rule_matching("{any_of: [{field: username, equals: magic}, " + std::string(three_in_five_minutes) + "]}", "R1",
                      "[auth_attempt]"));
    BOOST_TEST(login(seconds{2}));
    add(rule_matching("{window: {count: {at_least: 4}, within: 5m, group_by: [attacker_uuid]}}", "R1",
                      "[auth_attempt]"));
    BOOST_TEST(!login(seconds{3}));
}

BOOST_AUTO_TEST_CASE(log_of_yesterday_is_correlated_beside_what_happens_now) {
    add(rule_matching(three_in_five_minutes, "R1", "[auth_attempt]"));
    auto const login_of = [&](char const* attacker, duration offset) {
        auto e = make_event("auth_attempt", "{}", noon + offset);
        e.attacker_uuid = attacker;
        return fires(e);
    };
    for (int i = 0; i != 2; ++i) {
        BOOST_TEST(!login_of("of yesterday", seconds{i} - std::chrono::hours{24}));
        BOOST_TEST(!login_of("of now", seconds{i}));
    }
    BOOST_TEST(login_of("of yesterday", seconds{2} - std::chrono::hours{24}));
}

BOOST_AUTO_TEST_CASE(windows_are_accounted_for) {
    add(rule_matching("{pattern: wget}", "R0"));
    add(rule_matching(three_in_five_minutes, "R1", "[auth_attempt]"));
    login(seconds{0});
    auto const windows = host.windows();
    BOOST_REQUIRE_EQUAL(windows.size(), 1u);
    BOOST_TEST(windows.front().rule_id == "R1");
    BOOST_TEST(windows.front().groups == 1u);
}

BOOST_AUTO_TEST_CASE(ids_that_were_chosen_to_collide_are_two_observations) {
    // libstdc++ hashes with MurmurHash64A and a known seed, each step of which can be undone.
    constexpr std::uint64_t multiplier = 0xc6a4a7935bd1e995;
    std::uint64_t inverse = 1;
    while (inverse * multiplier != 1) // Newton: each step doubles the bits that are right
        inverse *= 2 - multiplier * inverse;
    auto const fold = [](std::uint64_t bits) { return bits ^ (bits >> 47); };
    auto const mixed = [&](std::uint64_t block) { return fold(block * multiplier) * multiplier; };
    auto const unmixed = [&](std::uint64_t data) { return fold(data * inverse) * inverse; };
    auto const id_of = [](std::uint64_t first, std::uint64_t second) {
        std::string id(16, '\0');
        std::memcpy(id.data(), &first, 8);
        std::memcpy(id.data() + 8, &second, 8);
        return id;
    };
    auto const after_first = [&](std::uint64_t block) {
        return ((0xc70f6907u ^ (16 * multiplier)) ^ mixed(block)) * multiplier;
    };
    auto const second = unmixed(after_first(2) ^ after_first(1) ^ mixed(3));
    std::vector<std::string> const ids{id_of(1, 3), id_of(2, second)};
    BOOST_REQUIRE(std::hash<std::string>{}(ids[0]) == std::hash<std::string>{}(ids[1]));

    host_of_one subject;
    subject.add(rule_matching("{window: {count: {at_least: 2}, within: 5m, group_by: [attacker_uuid]}}"));
    std::vector<bool> fired;
    for (auto const& id : ids) {
        auto e = test::command("id");
        e.source_id = id;
        fired.push_back(subject.fires(e));
    }
    BOOST_TEST(!fired[0]);
    BOOST_TEST(fired[1]);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
