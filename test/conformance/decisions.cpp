// Properties of every rule_store: several decisions at once, their ends and their durability.
#include "conformance/backend.hpp"

#include "support/rule_text.hpp"

#include <limits>
#include <set>

using namespace rulehost;
using namespace std::chrono_literals;
using test::rule_text;

namespace {

decision disabling(std::vector<std::string> rules, std::string reason = "noisy") {
    decision made(decision_effect::disable, std::move(rules));
    made.reason = std::move(reason);
    made.set_by = "ops";
    return made;
}

/// A decision that no state can express.
decision ticketed(std::string rule_id, std::optional<time_point> ends_at = {}) {
    auto made = disabling({std::move(rule_id)});
    made.ticket = "INC-42";
    made.ends_at = ends_at;
    return made;
}

bool is_end(rule_change const& change, decision_id id, rule_change::origin cause) {
    return change.what() == rule_change::kind::decision && change.decided().id == id && !change.decided().made &&
        change.cause == cause;
}

/// The decisions of a reader that starts with `before` and applies the changes.
decision_map folded(decision_map before, std::vector<rule_change> const& changes) {
    for (auto const& each : changes) {
        if (each.what() != rule_change::kind::decision)
            continue;
        if (each.decided().made)
            before.insert_or_assign(each.decided().id, *each.decided().made);
        else
            before.erase(each.decided().id);
    }
    return before;
}

} // namespace

RULEHOST_CONFORMANCE_TEST(decision_that_was_made_is_loaded_and_emitted) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    decision wanted(decision_effect::clip, {"R02*", "technique:T1059", "name:'*\"scan\"*'"});
    wanted.confidence_max = 0.1 + 0.2;
    wanted.scope = {"src_ip=10.0.0.0/8", "http.user=it's \"\xc3\xa4\", '; drop"};
    wanted.starts_at = backend.now() + 1h + 1us;
    wanted.ends_at = backend.now() + 2h + 1us;
    wanted.reason = "line\none: \"quotes\"";
    wanted.ticket = "INC-42";
    wanted.set_by = "ops team";
    wanted.id = 77; // assigned by the store
    auto const made = backend.decide(wanted);
    BOOST_REQUIRE(made.set_at);
    BOOST_TEST((*made.set_at >= backend.now() - 1min && *made.set_at <= backend.now() + 1min));
    BOOST_TEST(made.id != 77u);
    wanted.id = made.id;
    wanted.set_at = made.set_at;
    BOOST_TEST((made == wanted));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_REQUIRE((changes[0].what() == rule_change::kind::decision));
    BOOST_TEST(changes[0].revision == made.id);
    BOOST_TEST(changes[0].decided().id == made.id);
    BOOST_TEST((changes[0].decided().made == made));
    BOOST_TEST((changes[0].cause == rule_change::origin::decision));
    auto const snapshot = backend.load();
    BOOST_TEST((snapshot.decisions == decision_map{{made.id, made}}));
    BOOST_TEST(snapshot.revision == made.id);
    BOOST_TEST(snapshot.states.empty());
}

RULEHOST_CONFORMANCE_TEST(decisions_on_one_rule_stand_beside_each_other) {
    backend.start();
    auto const first = backend.decide(ticketed("R1"));
    auto const second = backend.decide(ticketed("R1"));
    BOOST_TEST(first.id < second.id);
    auto reader = backend.store().subscribe_changes();
    BOOST_TEST((backend.end(first.id) == first));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(is_end(changes[0], first.id, rule_change::origin::decision));
    BOOST_TEST((backend.load().decisions == decision_map{{second.id, second}}));
}

RULEHOST_CONFORMANCE_TEST(plain_decision_is_the_state_of_its_rule) {
    backend.write_rule("R1", rule_text("R1"));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    auto wanted = disabling({"R1"});
    wanted.ends_at = backend.now() + 1h;
    auto const made = backend.decide(wanted);
    auto const state = backend.get("R1");
    BOOST_TEST((as_decision("R1", state) == made));
    BOOST_TEST(state.revision == made.id);
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_REQUIRE((changes[0].what() == rule_change::kind::state));
    BOOST_TEST((changes[0].state() == state));
    auto const snapshot = backend.load();
    BOOST_TEST(snapshot.decisions.empty());
    BOOST_TEST((snapshot.rules.at(0)->state() == state));
}

RULEHOST_CONFORMANCE_TEST(second_plain_decision_leaves_the_state_as_it_is) {
    auto const first = backend.decide(disabling({"R1"}, "first"));
    auto const state = backend.get("R1");
    auto const second = backend.decide(disabling({"R1"}, "second"));
    BOOST_TEST((backend.get("R1") == state));
    BOOST_TEST((backend.load().decisions == decision_map{{second.id, second}}));
    BOOST_TEST((backend.end(first.id) == first));
    BOOST_TEST((backend.get("R1") == rule_state()));
    BOOST_TEST((backend.load().decisions == decision_map{{second.id, second}}));
}

RULEHOST_CONFORMANCE_TEST(plain_decision_takes_the_place_of_a_state_that_lowers_nothing) {
    backend.set("R1", rule_state());
    auto const made = backend.decide(disabling({"R1"}));
    BOOST_TEST((as_decision("R1", backend.get("R1")) == made));
    backend.set("R2", rule_state::disabled("brief", backend.now() + 5s));
    backend.advance(5s); // the store does not run
    auto const later = backend.decide(disabling({"R2"}));
    BOOST_TEST((as_decision("R2", backend.get("R2")) == later));
    BOOST_TEST(backend.load().decisions.empty());
}

RULEHOST_CONFORMANCE_TEST(states_are_set_and_cleared_without_touching_decisions) {
    auto const made = backend.decide(ticketed("R1"));
    backend.set("R1", rule_state::disabled("state"));
    backend.set("R1", rule_state::clipped(0.5, "state"));
    backend.clear("R1");
    BOOST_TEST((backend.load().decisions == decision_map{{made.id, made}}));
    BOOST_TEST((backend.get("R1") == rule_state()));
}

RULEHOST_CONFORMANCE_TEST(state_is_ended_by_its_revision) {
    backend.start();
    auto const state = backend.set("R1", rule_state::clipped(0.25, "state"));
    auto reader = backend.store().subscribe_changes();
    BOOST_TEST((backend.end(state.revision) == as_decision("R1", state)));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_REQUIRE((changes[0].what() == rule_change::kind::state));
    BOOST_TEST((changes[0].state() == rule_state()));
    BOOST_TEST((changes[0].cause == rule_change::origin::decision));
    BOOST_TEST((backend.get("R1") == rule_state()));
}

RULEHOST_CONFORMANCE_TEST(only_existing_decisions_are_ended) {
    backend.start();
    auto const enabled = backend.set("R1", rule_state());
    auto const replaced = backend.set("R2", rule_state::disabled("first"));
    auto const state = backend.set("R2", rule_state::disabled("second"));
    auto const made = backend.decide(ticketed("R1"));
    BOOST_TEST(backend.end(made.id).has_value());
    auto reader = backend.store().subscribe_changes();
    for (auto const id : {decision_id{0}, enabled.revision, replaced.revision, made.id, decision_id{4711},
                          std::numeric_limits<decision_id>::max()})
        BOOST_TEST(!backend.end(id));
    BOOST_TEST(backend.changes(reader).empty());
    BOOST_TEST((backend.get("R2") == state));
    BOOST_TEST((backend.get("R1") == enabled));
}

RULEHOST_CONFORMANCE_TEST(no_two_decisions_share_an_id) {
    backend.start();
    backend.write_rule("R1", rule_text("R1"));
    std::set<decision_id> ids;
    for (int i = 0; i < 5; ++i) {
        ids.insert(backend.decide(disabling({"R1"})).id);
        auto const last = backend.decide(ticketed("R2")).id;
        ids.insert(last);
        backend.end(last);
        backend.set("R3", rule_state::disabled(""));
    }
    BOOST_TEST(ids.size() == 10u);
}

RULEHOST_CONFORMANCE_TEST(invalid_decision_is_refused_and_changes_nothing) {
    backend.start();
    auto const before = backend.decide(ticketed("R1"));
    auto reader = backend.store().subscribe_changes();
    auto const refused = [&](auto change) {
        auto wanted = ticketed("R1");
        change(wanted);
        BOOST_CHECK_THROW(backend.decide(wanted), invalid_state);
    };
    refused([](decision& made) { made.rules.clear(); });
    refused([](decision& made) { made.rules = {"R1'; --"}; });
    refused([](decision& made) { made.rules = {std::string("R\0", 2)}; });
    refused([](decision& made) { made.scope = {"src_ip=everywhere"}; });
    refused([](decision& made) { made.effect = decision_effect::clip; });
    refused([](decision& made) { made.confidence_max = 0.5; });
    refused([](decision& made) {
        made.effect = decision_effect::clip;
        made.confidence_max = std::numeric_limits<double>::quiet_NaN();
    });
    refused([](decision& made) { made.set_by = ""; });
    refused([](decision& made) { made.set_by = "\xff"; });
    refused([](decision& made) { made.reason = std::string("a\0b", 3); });
    refused([](decision& made) { made.reason = std::string(100'000, 'x'); });
    refused([](decision& made) { made.ticket = std::string(1000, 'x'); });
    refused([](decision& made) { made.ends_at = time_point::max(); });
    refused([](decision& made) { made.starts_at = time_point(-1h); });
    refused([&](decision& made) { made.ends_at = backend.now(); });
    refused([&](decision& made) { made.ends_at = backend.now() - 1h; });
    refused([&](decision& made) {
        made.starts_at = backend.now() + 2h;
        made.ends_at = backend.now() + 1h;
    });
    BOOST_CHECK_THROW(backend.end(before.id, ""), invalid_state);
    BOOST_TEST(backend.changes(reader).empty());
    BOOST_TEST((backend.load().decisions == decision_map{{before.id, before}}));
}

RULEHOST_CONFORMANCE_TEST(decision_ends_once_at_its_instant) {
    backend.start();
    auto const start = backend.now();
    auto const brief = backend.decide(ticketed("R1", start + 5s));
    auto const other = backend.decide(ticketed("R1"));
    auto reader = backend.store().subscribe_changes();
    backend.advance(5s - 1us);
    BOOST_TEST(backend.changes(reader).empty());
    backend.advance(1us);
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(is_end(changes[0], brief.id, rule_change::origin::expiry));
    BOOST_TEST(changes[0].revision > other.id);
    backend.advance(30s);
    BOOST_TEST(backend.changes(reader).empty());
    BOOST_TEST((backend.load().decisions == decision_map{{other.id, other}}));
}

RULEHOST_CONFORMANCE_TEST(states_and_decisions_end_in_the_order_of_their_instants) {
    backend.start();
    auto const start = backend.now();
    auto const last = backend.decide(ticketed("R1", start + 6s));
    auto const first = backend.decide(ticketed("R2", start + 2s));
    backend.set("R3", rule_state::disabled("", start + 4s));
    auto reader = backend.store().subscribe_changes();
    backend.advance(10s);
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 3u);
    BOOST_TEST(is_end(changes[0], first.id, rule_change::origin::expiry));
    BOOST_TEST((changes[1].what() == rule_change::kind::state));
    BOOST_TEST(is_end(changes[2], last.id, rule_change::origin::expiry));
}

RULEHOST_CONFORMANCE_TEST(decision_that_has_not_started_stays) {
    backend.start();
    auto wanted = disabling({"R1"});
    wanted.starts_at = backend.now() + 5s;
    wanted.ends_at = backend.now() + 10s;
    auto const made = backend.decide(wanted);
    auto reader = backend.store().subscribe_changes();
    backend.advance(10s - 1us); // its start is no change
    BOOST_TEST(backend.changes(reader).empty());
    BOOST_TEST((backend.load().decisions == decision_map{{made.id, made}}));
    backend.advance(1us);
    BOOST_TEST(backend.changes(reader).size() == 1u);
}

RULEHOST_CONFORMANCE_TEST(decision_that_is_over_is_not_ended_again) {
    auto const made = backend.decide(ticketed("R1", backend.now() + 5s));
    auto plain = disabling({"R2"});
    plain.ends_at = backend.now() + 5s;
    auto const state = backend.decide(plain);
    backend.advance(5s); // the store does not run
    BOOST_TEST(!backend.end(made.id));
    BOOST_TEST(!backend.end(state.id));
    BOOST_TEST(backend.load().decisions.empty());
}

RULEHOST_CONFORMANCE_TEST(loaded_decisions_and_their_changes_agree) {
    backend.start();
    backend.decide(ticketed("R1", backend.now() + 2s));
    auto const ended = backend.decide(ticketed("R2"));
    auto reader = backend.store().subscribe_changes();
    auto const before = backend.load().decisions;
    BOOST_TEST(before.size() == 2u);
    backend.decide(disabling({"R*"}));
    backend.decide(disabling({"R1"})); // a state
    backend.end(ended.id);
    backend.advance(2s);
    backend.decide(ticketed("R3"));
    auto const after = backend.load().decisions;
    BOOST_TEST(after.size() == 2u);
    BOOST_TEST((folded(before, backend.changes(reader)) == after));
}

RULEHOST_CONFORMANCE_TEST(decision_that_cannot_be_made_durable_changes_nothing) {
    backend.start();
    auto const before = backend.decide(ticketed("R1"));
    auto const state = backend.decide(disabling({"R1"}));
    auto reader = backend.store().subscribe_changes();
    backend.break_writes();
    BOOST_CHECK_THROW(backend.decide(ticketed("R1")), store_unavailable);
    BOOST_CHECK_THROW(backend.decide(disabling({"R2"})), store_unavailable);
    BOOST_CHECK_THROW(backend.end(before.id), store_unavailable);
    BOOST_CHECK_THROW(backend.end(state.id), store_unavailable);
    BOOST_TEST((backend.get("R2") == rule_state()));
    backend.mend_writes();
    BOOST_TEST(backend.changes(reader).empty());
    BOOST_TEST((backend.load().decisions == decision_map{{before.id, before}}));
    BOOST_TEST(backend.end(before.id).has_value());
    BOOST_TEST(backend.end(state.id).has_value());
}

RULEHOST_CONFORMANCE_TEST(decision_survives_a_restart_field_by_field) {
    decision wanted(decision_effect::clip, {"R1", "tactic:TA0007"});
    wanted.confidence_max = 1.0 / 3;
    wanted.scope = {"session_id=4711"};
    wanted.starts_at = backend.now() + 1us;
    wanted.ends_at = backend.now() + 1h;
    wanted.ticket = "INC-42";
    wanted.set_by = "ops";
    auto const made = backend.decide(wanted);
    auto const gone = backend.decide(ticketed("R2"));
    backend.end(gone.id);
    backend.reopen();
    BOOST_TEST((backend.load().decisions == decision_map{{made.id, made}}));
    BOOST_TEST(backend.decide(ticketed("R3")).id > gone.id);
}

RULEHOST_CONFORMANCE_TEST(decision_that_was_over_while_the_store_was_down_ends_when_it_runs) {
    auto const made = backend.decide(ticketed("R1", backend.now() + 5s));
    backend.advance(1min);
    backend.reopen();
    auto reader = backend.store().subscribe_changes();
    backend.start();
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(is_end(changes[0], made.id, rule_change::origin::expiry));
    backend.stop();
    backend.reopen();
    auto again = backend.store().subscribe_changes();
    backend.start();
    backend.advance(30s);
    BOOST_TEST(backend.changes(again).empty());
}
