#include "rule/rule_state_json.hpp"

#include <rulehost/json_text.hpp>
#include <rulehost/rule_state.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <string>

namespace {

using namespace rulehost;

time_point const noon{std::chrono::seconds{1'767'268'800}}; // 2026-01-01T12:00Z

rule_state by_operator(rule_state state) {
    state.set_by = "operator";
    return state;
}

BOOST_AUTO_TEST_SUITE(states_of_rules)

BOOST_AUTO_TEST_CASE(state_counts_until_the_very_instant_of_its_expiry) {
    auto const state = rule_state::disabled("noisy", noon);
    BOOST_TEST((effective(state, noon - duration{1}) == state));
    BOOST_TEST((effective(state, noon) == rule_state()));
    BOOST_TEST((effective(state, noon + duration{1}) == rule_state()));
}

BOOST_AUTO_TEST_CASE(state_without_expiry_never_expires) {
    auto const state = rule_state::clipped(0.5, "weak");
    BOOST_TEST((effective(state, time_point::max()) == state));
}

BOOST_AUTO_TEST_CASE(only_sound_states_may_be_stored) {
    BOOST_TEST(why_invalid(by_operator(rule_state())) == "");
    BOOST_TEST(why_invalid(by_operator(rule_state::disabled("why"))) == "");
    BOOST_TEST(why_invalid(by_operator(rule_state::clipped(0, ""))) == "");
    BOOST_TEST(why_invalid(by_operator(rule_state::clipped(1, ""))) == "");
    BOOST_TEST(why_invalid(rule_state::disabled("nobody")) != "");
    BOOST_TEST(why_invalid(by_operator(rule_state::clipped(1.01, ""))) != "");
    BOOST_TEST(why_invalid(by_operator(rule_state::clipped(-0.01, ""))) != "");
    BOOST_TEST(why_invalid(by_operator(rule_state::clipped(std::nan(""), ""))) != "");
    BOOST_TEST(why_invalid(by_operator(rule_state(rule_status::clipped))) != "");
    auto disabled_with_maximum = by_operator(rule_state::disabled("why"));
    disabled_with_maximum.confidence_max = 0.5;
    BOOST_TEST(why_invalid(disabled_with_maximum) != "");
}

BOOST_AUTO_TEST_CASE(status_survives_its_name) {
    for (auto const status : {rule_status::enabled, rule_status::disabled, rule_status::clipped})
        BOOST_TEST((rule_status_from(to_string(status)) == status));
    BOOST_TEST(!rule_status_from("asleep"));
    BOOST_TEST(!rule_status_from(""));
}

BOOST_AUTO_TEST_CASE(json_of_a_state_names_every_member) {
    auto state = by_operator(rule_state::clipped(0.5, "noisy", noon));
    state.revision = 7;
    BOOST_TEST(json_text(to_json(state)) ==
               R"({"state":"clipped","confidence_max":0.5,"expires_at":"2026-01-01T12:00:00.000000Z","reason":"noisy",)"
               R"("set_by":"operator","set_at":null,"revision":7})");
}

BOOST_AUTO_TEST_CASE(state_is_read_back_from_its_json) {
    auto clipped = by_operator(rule_state::clipped(0.25, "noisy", noon));
    clipped.set_at = noon - duration{1};
    clipped.revision = 7;
    for (auto const& state : {rule_state(), by_operator(rule_state::disabled("")), clipped})
        BOOST_TEST((rule_state_from_json(to_json(state)) == state));
    auto as_text = to_json(clipped);
    as_text["confidence_max"] = "0.30000000000000004";
    BOOST_TEST(rule_state_from_json(as_text).confidence_max.value() == 0.1 + 0.2);
}

BOOST_AUTO_TEST_CASE(json_that_is_no_state_is_refused) {
    auto const good = to_json(by_operator(rule_state::clipped(0.25, "noisy", noon)));
    for (auto const& [key, value] : std::map<std::string, boost::json::value>{{"state", "silent"},
                                                                              {"confidence_max", "much"},
                                                                              {"expires_at", "tomorrow"},
                                                                              {"set_at", 5},
                                                                              {"reason", 5},
                                                                              {"revision", -1}}) {
        auto bad = good;
        bad[key] = value;
        BOOST_CHECK_THROW(rule_state_from_json(bad), std::exception);
        bad.erase(key);
        BOOST_CHECK_THROW(rule_state_from_json(bad), std::exception);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
