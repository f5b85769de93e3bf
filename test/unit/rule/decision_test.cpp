#include <rulehost/decision.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <stdexcept>
#include <string>

namespace {

using namespace rulehost;

time_point const noon{std::chrono::seconds{1'767'268'800}}; // 2026-01-01T12:00Z

decision whole() {
    decision made(decision_effect::clip, {"R0018", "R02*", "technique:T1059.004", "tactic:TA0007", "name:*scan*"});
    made.id = 42;
    made.confidence_max = 0.5;
    made.scope = {"src_ip=10.0.0.0/8", "session_id=4711", "http.host=example.org"};
    made.starts_at = noon;
    made.ends_at = noon + std::chrono::hours{4};
    made.reason = "noisy";
    made.ticket = "INC-42";
    made.set_by = "ops";
    made.set_at = noon - std::chrono::minutes{1};
    return made;
}

decision about(std::string selector) {
    return decision(decision_effect::disable, {std::move(selector)});
}

decision within(std::string term) {
    auto made = about("R1");
    made.scope = {std::move(term)};
    return made;
}

BOOST_AUTO_TEST_SUITE(decisions_as_values)

BOOST_AUTO_TEST_CASE(holds_from_its_start_until_the_very_instant_of_its_end) {
    auto const made = whole();
    BOOST_TEST(!holds(made, noon - duration{1}));
    BOOST_TEST(holds(made, noon));
    BOOST_TEST(holds(made, *made.ends_at - duration{1}));
    BOOST_TEST(!holds(made, *made.ends_at));
    BOOST_TEST(holds(about("R1"), noon));
}

BOOST_AUTO_TEST_CASE(every_member_survives_json) {
    BOOST_TEST((decision_from(to_json(whole())) == whole()));
    BOOST_TEST((decision_from(to_json(about("R1"))) == about("R1")));
}

BOOST_AUTO_TEST_CASE(json_that_is_no_decision_is_refused_with_the_member) {
    auto const refusal = [](std::string const& text) -> std::string {
        try {
            decision_from(boost::json::parse(text).as_object());
        } catch (std::invalid_argument const& problem) {
            return problem.what();
        }
        return {};
    };
    BOOST_TEST(refusal("{}") == "'effect' is none of disable, clip and observe");
    BOOST_TEST(refusal(R"({"effect": "disable", "rules": "R1"})") == "'rules' is not a list of texts");
    BOOST_TEST(refusal(R"({"effect": "disable", "rules": [1]})") == "'rules' is not a list of texts");
    BOOST_TEST(refusal(R"({"effect": "disable", "ends_at": "soon"})") == "'ends_at' is not a time");
    BOOST_TEST(refusal(R"({"effect": "disable", "id": -1})") == "'id' is not a revision");
    BOOST_TEST(refusal(R"({"effect": "clip", "confidence_max": "high"})") == "'confidence_max' is not a number");
}

BOOST_AUTO_TEST_CASE(every_form_of_a_selector_and_a_condition_is_valid) {
    BOOST_TEST(why_invalid(whole()) == "");
}

struct fault {
    decision made;
    std::string why;

    friend std::ostream& operator<<(std::ostream& out, fault const& each) { return out << each.why; }
};

fault const faults[] = {
    {decision(), "a decision names at least one rule"},
    {about(""), "'' is not of 1 to 1024 bytes"},
    {about("R 1"), "'R 1' selects no rules"},
    {about("technique:1059"), "'technique:1059' names no technique"},
    {about("technique:T1059.4"), "'technique:T1059.4' names no technique"},
    {about("tactic:discovery"), "'tactic:discovery' names no tactic"},
    {about("name:"), "'name:' names no rule"},
    {about("level:high"), "'level:high' begins with none of"},
    {within("src_ip"), "'src_ip' is not a condition"},
    {within("src_ip="), "'src_ip=' is not a condition"},
    {within("=x"), "'=x' is not a condition"},
    {within("src_ip=10.0.0.0/33"), "'src_ip=10.0.0.0/33' names no address and no network"},
    {within("a..b=x"), "'a..b=x' has no field"},
};

BOOST_DATA_TEST_CASE(invalid_decision_is_explained, boost::unit_test::data::make(faults), one) {
    auto const why = why_invalid(one.made);
    BOOST_TEST_CONTEXT(why) {
        BOOST_TEST(why.starts_with(one.why));
    }
}

BOOST_AUTO_TEST_CASE(a_limit_belongs_to_a_clip_and_is_a_confidence) {
    auto made = about("R1");
    made.confidence_max = 0.5;
    BOOST_TEST(why_invalid(made) == "confidence_max belongs to a clip only");
    made.effect = decision_effect::clip;
    BOOST_TEST(why_invalid(made) == "");
    for (auto const max : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
        made.confidence_max = max;
        BOOST_TEST(why_invalid(made) == "confidence_max must be between 0 and 1");
    }
    made.confidence_max.reset();
    BOOST_TEST(why_invalid(made) == "a clip needs confidence_max");
}

BOOST_AUTO_TEST_CASE(an_end_before_the_start_is_refused) {
    auto made = whole();
    made.ends_at = made.starts_at;
    BOOST_TEST(why_invalid(made) == "a decision ends after its start");
}

BOOST_AUTO_TEST_CASE(a_plain_decision_is_a_state_and_back) {
    auto made = about("R0018");
    made.id = 7;
    made.ends_at = noon;
    made.reason = "noisy";
    made.set_by = "ops";
    made.set_at = noon - std::chrono::hours{1};
    auto const state = as_state(made);
    BOOST_REQUIRE(state.has_value());
    BOOST_TEST((state->status == rule_status::disabled));
    BOOST_TEST(state->revision == 7u);
    BOOST_TEST((as_decision("R0018", *state) == made));
    made.effect = decision_effect::clip;
    made.confidence_max = 0.4;
    BOOST_REQUIRE(as_state(made).has_value());
    BOOST_TEST((as_decision("R0018", *as_state(made)) == made));
    BOOST_TEST(!as_decision("R0018", rule_state()).has_value());
}

BOOST_AUTO_TEST_CASE(decision_that_no_state_can_express_stays_a_decision) {
    auto const plain = about("R1");
    for (auto const change :
         {+[](decision& d) { d.rules = {"R*"}; },
          +[](decision& d) {
              d.rules = {"R1", "R2"};
          },
          +[](decision& d) { d.scope = {"session_id=1"}; }, +[](decision& d) { d.ticket = "T"; },
          +[](decision& d) { d.starts_at = noon; }, +[](decision& d) { d.effect = decision_effect::observe; }}) {
        auto made = plain;
        change(made);
        BOOST_TEST(!as_state(made).has_value());
    }
}

BOOST_AUTO_TEST_CASE(its_summary_is_one_line) {
    BOOST_TEST(summary_of(whole()) ==
               "clip R0018 R02* technique:T1059.004 tactic:TA0007 name:*scan* to 0.5 where src_ip=10.0.0.0/8 and "
               "session_id=4711 and http.host=example.org, from 2026-01-01T12:00:00.000000Z, until "
               "2026-01-01T16:00:00.000000Z, by ops (INC-42): noisy");
    BOOST_TEST(summary_of(about("R1")) == "disable R1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
