#include "store/state_table.hpp"

#include <rulehost/rule_store.hpp>

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

time_point const noon{1'800'000'000s};

rule_state numbered(revision number, std::optional<time_point> expires_at = {}) {
    auto state = rule_state::disabled("noisy", expires_at);
    state.set_by = "ops";
    state.revision = number;
    return state;
}

std::string refusal_of(std::string_view rule_id, rule_state const& state) {
    try {
        require_storable(rule_id, state);
        return "";
    } catch (invalid_state const& error) {
        return error.what();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(table_of_states)

BOOST_AUTO_TEST_CASE(unknown_rule_has_the_default_state) {
    state_table const table;
    BOOST_TEST((table.effective("R1", noon) == rule_state()));
    BOOST_TEST(!table.find("R1"));
    BOOST_TEST(!table.next_expiry());
}

BOOST_AUTO_TEST_CASE(state_of_one_rule_does_not_touch_another) {
    state_table table;
    table.put("R1", numbered(1));
    table.put("R2", numbered(2));
    table.put("R1", numbered(3));
    BOOST_TEST(table.effective("R1", noon).revision == 3u);
    BOOST_TEST(table.effective("R2", noon).revision == 2u);
    BOOST_TEST(table.remove("R1"));
    BOOST_TEST(!table.remove("R1"));
    BOOST_TEST(table.effective("R2", noon).revision == 2u);
}

BOOST_AUTO_TEST_CASE(expired_state_counts_as_default_while_it_is_stored) {
    state_table table;
    table.put("R1", numbered(1, noon));
    table.put("R2", numbered(2));
    BOOST_TEST(table.effective("R1", noon - 1us).revision == 1u);
    BOOST_TEST((table.effective("R1", noon) == rule_state()));
    BOOST_TEST(table.find("R1")->revision == 1u);
}

BOOST_AUTO_TEST_CASE(expiries_come_in_order_and_follow_the_newest_state) {
    state_table table;
    table.put("R1", numbered(1, noon + 2h));
    table.put("R2", numbered(2, noon + 1h));
    table.put("R3", numbered(3, noon + 3h));
    BOOST_TEST((table.next_expiry() == noon + 1h));
    BOOST_TEST(table.expired(noon).empty());
    auto const due = table.expired(noon + 2h);
    BOOST_REQUIRE(due.size() == 2u);
    BOOST_TEST(due[0].first == "R2");
    BOOST_TEST(due[1].first == "R1");
    table.put("R2", numbered(4));
    BOOST_TEST((table.next_expiry() == noon + 2h));
    table.remove("R1");
    BOOST_TEST((table.next_expiry() == noon + 3h));
}

BOOST_AUTO_TEST_CASE(revert_spares_a_newer_state) {
    state_table table;
    table.put("R1", numbered(1, noon));
    auto const due = table.expired(noon);
    table.put("R1", numbered(2));
    BOOST_TEST(!table.remove_if(due[0].first, due[0].second));
    BOOST_TEST(table.effective("R1", noon).revision == 2u);
    BOOST_TEST(table.remove_if("R1", 2));
    BOOST_TEST(!table.remove_if("R1", 2));
}

BOOST_AUTO_TEST_CASE(decision_that_may_not_be_stored_is_refused_with_the_reason) {
    auto const good = numbered(0);
    BOOST_TEST(refusal_of("R0001", good) == "");
    for (auto const& id :
         {std::string(), std::string("R 1"), std::string("R1\n"), std::string("../R1"), std::string(129, 'R')})
        BOOST_TEST(refusal_of(id, good) != "", id);

    auto anonymous = good;
    anonymous.set_by.clear();
    BOOST_TEST(refusal_of("R1", anonymous) != "");
    auto wordy = good;
    wordy.reason.assign(5000, 'x');
    BOOST_TEST(refusal_of("R1", wordy) != "");
    auto nul = good;
    nul.reason = std::string("a\0b", 3);
    BOOST_TEST(refusal_of("R1", nul) != "");
    auto binary = good;
    binary.reason = "\xff\xfe";
    BOOST_TEST(refusal_of("R1", binary) != "");
    auto far = good;
    far.expires_at = time_point::max();
    BOOST_TEST(refusal_of("R1", far) != "");
    auto unclipped = good;
    unclipped.status = rule_status::clipped;
    BOOST_TEST(refusal_of("R1", unclipped) != "");
}

BOOST_AUTO_TEST_CASE(states_and_decisions_expire_by_one_clock) {
    state_table table;
    table.put("R1", numbered(1, noon + 2h));
    decision made(decision_effect::disable, {"R1"});
    for (decision_id const id : std::vector<decision_id>{2, 3, 4}) {
        made.id = id;
        made.ends_at = id == 4 ? std::nullopt : std::optional(noon + 1h * static_cast<int>(id));
        table.put(made);
    }
    BOOST_TEST((table.next_expiry() == noon + 2h));
    BOOST_TEST(table.ended(noon + 2h - 1us).empty());
    BOOST_TEST(table.ended(noon + 3h) == (std::vector<decision_id>{2, 3}), boost::test_tools::per_element());
    BOOST_TEST(table.remove_decision(2));
    BOOST_TEST(!table.remove_decision(2));
    BOOST_TEST(table.remove("R1"));
    BOOST_TEST((table.next_expiry() == noon + 3h));
    made.id = 3; // it has no end now
    made.ends_at.reset();
    table.put(made);
    BOOST_TEST(!table.next_expiry().has_value());
    BOOST_TEST(table.decisions().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
