#include "engine/decision_policy.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

constexpr time_point asked_at{std::chrono::seconds{1'767'225'600}};

decision wanted_by(std::string author, std::vector<std::string> rules,
                   decision_effect effect = decision_effect::disable) {
    decision made(effect, std::move(rules));
    made.set_by = std::move(author);
    return made;
}

/// Empty: it is permitted.
std::string text_of(std::optional<std::string> const& refused) {
    return refused.value_or("");
}

decision_policy grants() {
    decision_policy policy;
    policy.path = "r.yaml";
    policy.grants_line = 9;
    policy.grants = {
        {.by = {"ann", "lead-*"}, .acts = {}, .rules = {}},
        {.by = {"ops-*"}, .acts = {operator_act::clip, operator_act::observe}, .rules = {}},
        {.by = {"ops-*"},
         .acts = {operator_act::disable, operator_act::rollback},
         .rules = {"R02*", "R0301", "technique:T1082", "name:*scan*"}},
        {.by = {"net"}, .acts = {}, .rules = {"R0?"}},
    };
    return policy;
}

} // namespace

BOOST_AUTO_TEST_SUITE(decision_policies)

BOOST_AUTO_TEST_CASE(without_limits_everything_is_permitted) {
    BOOST_TEST(text_of(policy_violation({}, wanted_by("", {"*"}), asked_at)) == "");
    BOOST_TEST(text_of(refusal_to_end({}, wanted_by("ann", {"*"}), "bob")) == "");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_file_line_and_key) {
    auto with = [](std::function<void(decision_policy&)> const& set, std::function<void(decision&)> const& change) {
        decision_policy policy;
        policy.path = "r.yaml";
        set(policy);
        auto wanted = wanted_by("ann", {"R0018"});
        change(wanted);
        return text_of(policy_violation(policy, wanted, asked_at));
    };
    auto const reason = [](decision_policy& p) { p.reason_line = 3; };
    auto const ticket = [](decision_policy& p) { p.ticket_line = 4; };
    auto const length = [](decision_policy& p) {
        p.duration_line = 5;
        p.max_duration = {48h, "48h"};
    };
    BOOST_TEST(with(reason, [](decision&) {}) ==
               "r.yaml:3: decisions.require_reason asks for a reason to disable R0018: --reason");
    BOOST_TEST(with(reason, [](decision& d) { d.reason = "noisy"; }) == "");
    BOOST_TEST(with(ticket, [](decision& d) { d.reason = "noisy"; }) ==
               "r.yaml:4: decisions.require_ticket asks for a ticket to disable R0018: --ticket");
    BOOST_TEST(with(ticket, [](decision& d) { d.ticket = "INC-1"; }) == "");
    decision_policy of_state;
    of_state.path = "r.yaml";
    of_state.reason_line = 3;
    auto state = wanted_by("ann", {"R0018"});
    BOOST_TEST(text_of(refusal_of_state(of_state, state, asked_at)).starts_with("r.yaml:3: decisions.require_reason"));
    state.reason = "noisy";
    BOOST_TEST(text_of(refusal_of_state(of_state, state, asked_at)) == "");
    of_state.ticket_line = 4;
    BOOST_TEST(
        text_of(refusal_of_state(of_state, state, asked_at))
            .starts_with(
                "r.yaml:4: decisions.require_ticket asks for a ticket to disable R0018, and a state has none: "));
    BOOST_TEST(with(length, [](decision&) {}) ==
               "r.yaml:5: decisions.max_duration is 48h: disable R0018 with an end, by --for or --until");
    BOOST_TEST(with(length, [](decision& d) { d.ends_at = asked_at + 49h; }) ==
               "r.yaml:5: decisions.max_duration is 48h: 2d1h is too long to disable R0018");
    decision_policy of_length;
    of_length.path = "r.yaml";
    length(of_length);
    auto long_one = wanted_by("ann", {"R0018"});
    long_one.ends_at = asked_at + 49h;
    BOOST_TEST(text_of(policy_violation(of_length, long_one, asked_at, "49h")) ==
               "r.yaml:5: decisions.max_duration is 48h: 49h is too long to disable R0018");
    BOOST_TEST(with(length, [](decision& d) { d.ends_at = asked_at + 48h; }) == "");
    // It counts from the start, but not from one in the past: an extension begins now.
    BOOST_TEST(with(length, [](decision& d) { d.starts_at = asked_at + 24h, d.ends_at = asked_at + 72h; }) == "");
    BOOST_TEST(with(length, [](decision& d) { d.starts_at = asked_at - 24h, d.ends_at = asked_at + 48h; }) == "");
}

BOOST_AUTO_TEST_CASE(one_grant_must_permit_author_effect_and_every_selector) {
    struct row {
        std::string author;
        decision_effect effect;
        std::vector<std::string> rules;
        bool is_permitted;
    };
    using enum decision_effect;
    std::vector<row> const table{
        {"ann", disable, {"*"}, true},
        {"lead-1", disable, {"tactic:TA0007"}, true},
        {"anna", disable, {"R0018"}, false},
        {"ops-1", clip, {"R0018"}, true},
        {"ops-1", observe, {"*"}, true},
        {"ops-1", disable, {"R0018"}, false},
        {"ops-1", disable, {"R0200"}, true},
        {"ops-1", disable, {"R0301"}, true},
        {"ops-1", disable, {"R0200", "R0018"}, false},
        {"ops-1", disable, {"R02*"}, true},
        {"ops-1", disable, {"R021?"}, true},
        {"ops-1", disable, {"R0*"}, false},
        {"ops-1", disable, {"*"}, false},
        {"ops-1", disable, {"technique:T1082"}, true},
        {"ops-1", disable, {"technique:T1082.001"}, true},
        {"ops-1", disable, {"technique:T1083"}, false},
        {"ops-1", disable, {"name:*scan*"}, true},
        {"ops-1", disable, {"name:*scanner*"}, false}, // two patterns of names are compared as texts
        {"ops-1", disable, {"tactic:TA0007"}, false},
        {"net", disable, {"R01"}, true},
        {"net", disable, {"R0*"}, false}, // `?` stands for one letter, `*` for more
        {"", disable, {"R0018"}, false},
    };
    for (auto const& each : table) {
        BOOST_TEST_CONTEXT(each.author << " " << to_string(each.effect) << " " << each.rules.front()) {
            auto const made = wanted_by(each.author, each.rules, each.effect);
            BOOST_TEST(!policy_violation(grants(), made, asked_at).has_value() == each.is_permitted);
            auto const of_somebody = wanted_by("somebody", each.rules, each.effect);
            BOOST_TEST(!refusal_to_end(grants(), of_somebody, each.author).has_value() == each.is_permitted);
        }
    }
    BOOST_TEST(
        text_of(policy_violation(grants(), wanted_by("ops-1", {"R0018", "R02*"}), asked_at)) ==
        "r.yaml:9: decisions.allow does not let ops-1 disable R0018 R02*; it lets ops-1 clip or observe every rule; "
        "disable or roll back R02*, R0301, technique:T1082 or name:*scan*");
    BOOST_TEST(text_of(policy_violation(grants(), wanted_by("net", {"*"}), asked_at)) ==
               "r.yaml:9: decisions.allow does not let net disable every rule; it lets net do anything to R0?");
    BOOST_TEST(text_of(policy_violation(grants(), wanted_by("eve", {"R0018"}), asked_at)) ==
               "r.yaml:9: decisions.allow does not let eve disable R0018; it names no act for eve");
}

BOOST_AUTO_TEST_CASE(a_rollback_and_a_retraction_are_bound_like_a_decision) {
    auto const asked = [](std::string author, operator_act what, std::string rule) {
        return asked_act{
            .what = what, .rules = {std::move(rule)}, .reason = "x", .ticket = {}, .author = std::move(author)};
    };
    using enum operator_act;
    BOOST_TEST(text_of(policy_violation(grants(), asked("ann", retract, "*"))) == "");
    BOOST_TEST(text_of(policy_violation(grants(), asked("ops-1", rollback, "R0200"))) == "");
    BOOST_TEST(text_of(policy_violation(grants(), asked("ops-1", rollback, "R0018")))
                   .starts_with("r.yaml:9: decisions.allow does not let ops-1 roll back R0018; it lets ops-1 clip"));
    BOOST_TEST(text_of(policy_violation(grants(), asked("ops-1", retract, "R0200")))
                   .starts_with("r.yaml:9: decisions.allow does not let ops-1 retract tags of R0200; "));
    BOOST_TEST(text_of(policy_violation(grants(), asked("net", retract, "R01"))) == "");
    BOOST_TEST(text_of(refusal_to_end(grants(), asked("ops-1", rollback, "R0200"))) == "");
    BOOST_TEST(text_of(refusal_to_end(grants(), asked("ops-1", rollback, "R0018"))) != "");

    decision_policy policy;
    policy.path = "r.yaml";
    policy.ticket_line = 4;
    auto pin = asked("ann", rollback, "R0018");
    BOOST_TEST(text_of(policy_violation(policy, pin)) ==
               "r.yaml:4: decisions.require_ticket asks for a ticket to roll back R0018: --ticket");
    BOOST_TEST(text_of(refusal_to_end(policy, pin)) == "");
    pin.ticket = "INC-1";
    BOOST_TEST(text_of(policy_violation(policy, pin)) == "");
}

BOOST_AUTO_TEST_CASE(an_act_is_known_by_its_word) {
    for (auto const each : {"disable", "clip", "observe", "rollback", "retract"})
        BOOST_TEST(to_string(operator_act_from(each).value()) == each);
    BOOST_TEST(!operator_act_from("explode").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
