// Properties of every rule_store: operational states, their expiry and their durability.
#include "conformance/backend.hpp"

#include "support/rule_text.hpp"

#include <limits>

using namespace rulehost;
using namespace std::chrono_literals;
using test::rule_text;

namespace {

bool is_state_change(rule_change const& change, std::string_view rule_id, rule_status status,
                     rule_change::origin cause) {
    return change.what() == rule_change::kind::state && change.rule_id == rule_id && change.state().status == status &&
        change.cause == cause;
}

bool is_revert(rule_change const& change, std::string_view rule_id) {
    return is_state_change(change, rule_id, rule_status::enabled, rule_change::origin::expiry) &&
        change.state() == rule_state();
}

} // namespace

RULEHOST_CONFORMANCE_TEST(unknown_rule_has_the_default_state) {
    BOOST_TEST((backend.get("R404") == rule_state()));
}

RULEHOST_CONFORMANCE_TEST(state_that_was_set_is_what_is_got) {
    auto const expiry = backend.now() + 1h + 1us;
    auto const stored =
        backend.set("R1", rule_state::clipped(0.25, "noisy: \"quotes\", \xc3\xa4, '; drop", expiry), {}, "ops team");
    BOOST_TEST((stored.status == rule_status::clipped));
    BOOST_TEST(stored.confidence_max.value() == 0.25);
    BOOST_TEST((stored.expires_at == expiry));
    BOOST_TEST(stored.reason == "noisy: \"quotes\", \xc3\xa4, '; drop");
    BOOST_TEST(stored.set_by == "ops team");
    BOOST_REQUIRE(stored.set_at);
    BOOST_TEST((*stored.set_at >= backend.now() - 1min && *stored.set_at <= backend.now() + 1min));
    BOOST_TEST(stored.revision > 0u);
    BOOST_TEST((backend.get("R1") == stored));
}

RULEHOST_CONFORMANCE_TEST(state_of_one_rule_does_not_touch_another) {
    auto const first = backend.set("R1", rule_state::disabled("one"));
    auto const second = backend.set("R2", rule_state::disabled("two"));
    BOOST_TEST(first.revision < second.revision);
    BOOST_TEST((backend.get("R1") == first));
    BOOST_TEST((backend.get("R2") == second));
    backend.clear("R1");
    BOOST_TEST((backend.get("R1") == rule_state()));
    BOOST_TEST((backend.get("R2") == second));
}

RULEHOST_CONFORMANCE_TEST(state_may_be_set_before_its_rule_exists) {
    auto const stored = backend.set("R1", rule_state::disabled("not yet"));
    BOOST_TEST(backend.load().states.count("R1") == 1u);
    backend.write_rule("R1", rule_text("R1"));
    auto const snapshot = backend.load();
    BOOST_REQUIRE(snapshot.rules.size() == 1u);
    BOOST_TEST((snapshot.rules[0]->state() == stored));
}

RULEHOST_CONFORMANCE_TEST(state_reaches_the_loaded_rule_and_subscribers) {
    backend.write_rule("R1", rule_text("R1"));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    auto const stored = backend.set("R1", rule_state::disabled("noisy"));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(is_state_change(changes[0], "R1", rule_status::disabled, rule_change::origin::decision));
    BOOST_TEST((changes[0].state() == stored));
    BOOST_TEST(changes[0].revision == stored.revision);
    auto const snapshot = backend.load();
    BOOST_TEST((snapshot.rules.at(0)->state() == stored));
    BOOST_TEST(snapshot.revision == stored.revision);
}

RULEHOST_CONFORMANCE_TEST(cleared_state_is_the_default_one_and_one_change) {
    backend.start();
    backend.set("R1", rule_state::disabled("noisy"));
    auto reader = backend.store().subscribe_changes();
    BOOST_TEST((backend.clear("R1") == rule_state()));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(is_state_change(changes[0], "R1", rule_status::enabled, rule_change::origin::decision));
    BOOST_TEST((changes[0].state() == rule_state()));
    BOOST_TEST((backend.get("R1") == rule_state()));
    BOOST_TEST(backend.load().states.empty());
}

RULEHOST_CONFORMANCE_TEST(clearing_nothing_emits_nothing) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    BOOST_TEST((backend.clear("R1") == rule_state()));
    BOOST_TEST(backend.changes(reader).empty());
}

RULEHOST_CONFORMANCE_TEST(enabling_is_a_decision_that_is_kept) {
    auto const stored = backend.set("R1", rule_state());
    BOOST_TEST(stored.set_by == "ops");
    BOOST_TEST((backend.get("R1") == stored));
}

RULEHOST_CONFORMANCE_TEST(invalid_state_is_refused_and_changes_nothing) {
    backend.start();
    auto const before = backend.set("R1", rule_state::disabled("good"));
    auto reader = backend.store().subscribe_changes();
    auto const nan = std::numeric_limits<double>::quiet_NaN();
    for (auto const& state :
         {rule_state(rule_status::clipped), rule_state::clipped(1.01, ""), rule_state::clipped(-0.01, ""),
          rule_state::clipped(nan, ""), rule_state::disabled(std::string("a\0b", 3)), rule_state::disabled("\xff"),
          rule_state::disabled(std::string(100'000, 'x')), rule_state::disabled("", time_point::max())})
        BOOST_CHECK_THROW(backend.set("R1", state), invalid_state);
    BOOST_CHECK_THROW(backend.set("R1", rule_state::disabled("who?"), {}, ""), invalid_state);
    BOOST_CHECK_THROW(backend.clear("R1", {}, ""), invalid_state);
    BOOST_CHECK_THROW(backend.set("", rule_state::disabled("")), invalid_state);
    BOOST_CHECK_THROW(backend.set("R1'; --", rule_state::disabled("")), invalid_state);
    BOOST_TEST((backend.get("R1") == before));
    BOOST_TEST(backend.changes(reader).empty());
}

RULEHOST_CONFORMANCE_TEST(stale_expectation_is_refused_with_the_current_state) {
    backend.start();
    auto const first = backend.set("R1", rule_state::disabled("first"), revision{0});
    auto const second = backend.set("R1", rule_state::disabled("second"), first.revision);
    auto reader = backend.store().subscribe_changes();
    auto const shows_second = [&](state_conflict const& conflict) { return conflict.current == second; };
    BOOST_CHECK_EXCEPTION(backend.set("R1", rule_state(), first.revision), state_conflict, shows_second);
    BOOST_CHECK_EXCEPTION(backend.set("R1", rule_state(), revision{0}), state_conflict, shows_second);
    BOOST_CHECK_EXCEPTION(backend.clear("R1", first.revision), state_conflict, shows_second);
    BOOST_CHECK_THROW(backend.set("R2", rule_state(), second.revision), state_conflict);
    BOOST_CHECK_THROW(backend.clear("R2", second.revision), state_conflict);
    BOOST_TEST((backend.get("R1") == second));
    BOOST_TEST(backend.changes(reader).empty());
    backend.clear("R1", second.revision);
    BOOST_TEST((backend.get("R1") == rule_state()));
}

RULEHOST_CONFORMANCE_TEST(expired_state_counts_as_default_for_an_expectation) {
    backend.start();
    auto const stored = backend.set("R1", rule_state::disabled("brief", backend.now() + 5s));
    backend.advance(5s);
    BOOST_CHECK_THROW(backend.set("R1", rule_state::disabled(""), stored.revision), state_conflict);
    backend.set("R1", rule_state::disabled("next"), revision{0});
    BOOST_TEST(backend.get("R1").reason == "next");
}

RULEHOST_CONFORMANCE_TEST(expiry_reverts_once_at_its_instant_without_a_reader) {
    backend.write_rule("R1", rule_text("R1"));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    auto const stored = backend.set("R1", rule_state::disabled("probation", backend.now() + 5s));
    backend.advance(5s - 1us);
    BOOST_TEST(backend.changes(reader).size() == 1u);
    BOOST_TEST((backend.get("R1") == stored));
    backend.advance(1us);
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(is_revert(changes[0], "R1"));
    BOOST_TEST(changes[0].revision > stored.revision);
    backend.advance(30s);
    BOOST_TEST(backend.changes(reader).empty());
    BOOST_TEST((backend.load().rules.at(0)->state() == rule_state()));
}

RULEHOST_CONFORMANCE_TEST(expiries_come_in_the_order_of_their_instants) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    auto const start = backend.now();
    backend.set("R1", rule_state::disabled("", start + 6s));
    backend.set("R2", rule_state::disabled("", start + 2s));
    backend.set("R3", rule_state::disabled("", start + 4s));
    backend.changes(reader);
    backend.advance(10s);
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 3u);
    BOOST_TEST(is_revert(changes[0], "R2"));
    BOOST_TEST(is_revert(changes[1], "R3"));
    BOOST_TEST(is_revert(changes[2], "R1"));
}

RULEHOST_CONFORMANCE_TEST(expired_state_is_not_effective_before_the_timer_ran) {
    backend.write_rule("R1", rule_text("R1"));
    backend.set("R1", rule_state::disabled("brief", backend.now() + 5s));
    backend.advance(5s); // the store does not run
    BOOST_TEST((backend.get("R1") == rule_state()));
    auto const snapshot = backend.load();
    BOOST_TEST((snapshot.rules.at(0)->state() == rule_state()));
    BOOST_TEST(snapshot.states.size() == 1u); // it counts again if the clock is set back
}

RULEHOST_CONFORMANCE_TEST(newer_decision_survives_the_expiry_of_the_older_one) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.set("R1", rule_state::disabled("brief", backend.now() + 5s));
    auto const newer = backend.set("R1", rule_state::disabled("for good"));
    backend.changes(reader);
    backend.advance(30s);
    BOOST_TEST(backend.changes(reader).empty());
    BOOST_TEST((backend.get("R1") == newer));
}

RULEHOST_CONFORMANCE_TEST(moved_expiry_counts_at_its_new_instant) {
    backend.start();
    auto const start = backend.now();
    backend.set("R1", rule_state::disabled("", start + 20s));
    backend.set("R1", rule_state::disabled("", start + 2s));
    auto reader = backend.store().subscribe_changes();
    backend.advance(2s);
    BOOST_TEST(backend.changes(reader).size() == 1u);
    backend.advance(20s);
    BOOST_TEST(backend.changes(reader).empty());
}

RULEHOST_CONFORMANCE_TEST(state_set_with_an_expiry_in_the_past_is_seen_and_reverted) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.set("R1", rule_state::disabled("late", backend.now() - 1h));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 2u);
    BOOST_TEST(is_state_change(changes[0], "R1", rule_status::disabled, rule_change::origin::decision));
    BOOST_TEST(is_revert(changes[1], "R1"));
    BOOST_TEST((backend.get("R1") == rule_state()));
}

RULEHOST_CONFORMANCE_TEST(write_that_cannot_be_made_durable_changes_nothing) {
    backend.start();
    auto const before = backend.set("R1", rule_state::disabled("old"));
    auto reader = backend.store().subscribe_changes();
    backend.break_writes();
    BOOST_CHECK_THROW(backend.set("R1", rule_state::disabled("new")), store_unavailable);
    BOOST_CHECK_THROW(backend.set("R2", rule_state::disabled("new")), store_unavailable);
    BOOST_CHECK_THROW(backend.clear("R1"), store_unavailable);
    BOOST_TEST((backend.get("R1") == before));
    BOOST_TEST((backend.get("R2") == rule_state()));
    backend.mend_writes();
    BOOST_TEST(backend.changes(reader).empty());
    auto const after = backend.set("R1", rule_state::disabled("new"), before.revision);
    BOOST_TEST((backend.get("R1") == after));
    BOOST_TEST(backend.changes(reader).size() == 1u);
}

RULEHOST_CONFORMANCE_TEST(state_survives_a_restart_field_by_field) {
    auto const stored = backend.set("R1", rule_state::clipped(0.3, "probation", backend.now() + 1h), {}, "operator");
    auto const gone = backend.set("R2", rule_state::disabled("gone"));
    backend.clear("R2", gone.revision);
    backend.reopen();
    BOOST_TEST((backend.get("R1") == stored));
    BOOST_TEST((backend.get("R2") == rule_state()));
    BOOST_TEST(backend.set("R3", rule_state::disabled("later")).revision > gone.revision);
}

RULEHOST_CONFORMANCE_TEST(state_that_expired_while_the_store_was_down_reverts_when_it_runs) {
    backend.set("R1", rule_state::disabled("probation", backend.now() + 5s));
    backend.advance(1min);
    backend.reopen();
    BOOST_TEST((backend.get("R1") == rule_state()));
    auto reader = backend.store().subscribe_changes();
    backend.start();
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(is_revert(changes[0], "R1"));
    backend.advance(30s);
    BOOST_TEST(backend.changes(reader).empty());
}

RULEHOST_CONFORMANCE_TEST(revert_is_not_repeated_after_a_restart) {
    backend.start();
    backend.set("R1", rule_state::disabled("probation", backend.now() + 5s));
    backend.advance(5s);
    backend.stop();
    backend.reopen();
    auto reader = backend.store().subscribe_changes();
    backend.start();
    backend.advance(30s);
    BOOST_TEST(backend.changes(reader).empty());
}
