#include "store/database/database_mirror.hpp"

#include "support/rule_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
using test::rule_text;

namespace {

constexpr time_point now{1'800'000'000s};

observed_rule row(std::string const& rule_id, std::string const& pattern, revision number) {
    return read_row(rule_id, rule_text(rule_id, pattern), number, {});
}

observed_rule bad_row(std::string const& rule_id, revision number) {
    return read_row(rule_id, test::bad_rule_text(rule_id), number, {});
}

rule_state disabled(revision number) {
    rule_state state(rule_status::disabled);
    state.set_by = "ops";
    state.set_at = now;
    state.revision = number;
    return state;
}

decision made(decision_id id) {
    decision one(decision_effect::disable, {"R1", "R2"});
    one.id = id;
    one.set_by = "ops";
    one.set_at = now;
    return one;
}

stored_and_former_decision damaged(decision_id id, revision number, std::optional<decision> former = {}) {
    return {{id, malformed_value{"no effect"}, number}, std::move(former)};
}

template <class Value>
observed_change change(revision number, std::string rule_id, Value value) {
    observed_change seen;
    seen.revision = number;
    seen.rule_id = std::move(rule_id);
    seen.value = std::move(value);
    return seen;
}

struct database_mirror_fixture {
    /// Everything that the database holds at `number`.
    database_mirror::outcome all(revision number, std::vector<observed_rule> rules,
                                 std::vector<observed_state> states = {}) {
        observation seen;
        seen.based_on = mirror.position();
        seen.position = {database, number};
        seen.all.emplace(observation::everything{std::move(rules), std::move(states)});
        return mirror.apply(std::move(seen), now);
    }
    database_mirror::outcome all_decisions(revision number, std::vector<stored_and_former_decision> decisions) {
        observation seen;
        seen.based_on = mirror.position();
        seen.position = {database, number};
        seen.all.emplace().decisions = std::move(decisions);
        return mirror.apply(std::move(seen), now);
    }
    database_mirror::outcome changes(std::vector<observed_change> list) {
        observation seen;
        seen.based_on = mirror.position();
        seen.position = {database, list.empty() ? 0 : list.back().revision};
        seen.changes = std::move(list);
        return mirror.apply(std::move(seen), now);
    }
    /// `R1@5` for each change.
    static std::vector<std::string> names(database_mirror::outcome const& of) {
        std::vector<std::string> all;
        for (auto const& each : of.changes)
            all.push_back(each.rule_id + "@" + std::to_string(each.revision));
        return all;
    }
    std::string pattern_of(std::string const& rule_id) const {
        auto const found = mirror.live().find(rule_id);
        return found == mirror.live().end() ? "none" : found->second->text;
    }

    std::string database = "one";
    rule_gate gate;
    database_mirror mirror{
        [this](auto const& definition) { return gate ? gate(definition) : std::vector<diagnostic>(); }};
};

using strings = std::vector<std::string>;

/// `5 made@5` or `5 ended@9`, with `!` for an end in time.
strings decided(database_mirror::outcome const& of) {
    strings all;
    for (auto const& each : of.changes) {
        auto const& [id, value] = each.decided();
        all.push_back(std::to_string(id) + (value ? " made@" : " ended@") + std::to_string(each.revision) +
                      (each.cause == rule_change::origin::expiry ? "!" : ""));
    }
    return all;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(database_mirrors, database_mirror_fixture)

BOOST_AUTO_TEST_CASE(the_first_look_fills_it_without_changes) {
    auto const outcome = all(7, {row("R1", "a", 3)}, {{{"R1", disabled(5), 5}, {}}});
    BOOST_TEST(outcome.changes.empty());
    BOOST_TEST(!outcome.restarted.has_value());
    BOOST_REQUIRE(mirror.position().has_value());
    BOOST_TEST(mirror.position()->revision == 7u);
    auto const snapshot = mirror.snapshot(now);
    BOOST_REQUIRE_EQUAL(snapshot.rules.size(), 1u);
    BOOST_TEST((snapshot.rules[0]->state().status == rule_status::disabled));
}

BOOST_AUTO_TEST_CASE(changes_are_applied_in_order_without_a_gap_and_once) {
    all(1, {row("R1", "a", 1)});
    auto const first = changes({change(2, "R1", row("R1", "b", 2)), change(3, "R2", row("R2", "c", 3))});
    BOOST_TEST(names(first) == (strings{"R1@2", "R2@3"}), boost::test_tools::per_element());
    BOOST_TEST(changes({change(3, "R2", row("R2", "d", 3))}).changes.empty()); // seen before
    BOOST_TEST(changes({change(5, "R2", row("R2", "d", 5))}).changes.empty()); // 4 is missing
    BOOST_TEST(mirror.position()->revision == 3u);
    BOOST_TEST(pattern_of("R2") == rule_text("R2", "c"));
}

BOOST_AUTO_TEST_CASE(changes_of_another_database_are_ignored) {
    all(1, {});
    database = "two";
    BOOST_TEST(changes({change(2, "R1", row("R1", "a", 2))}).changes.empty());
    BOOST_TEST(mirror.live().empty());
}

BOOST_AUTO_TEST_CASE(a_row_written_with_the_same_text_is_no_change) {
    all(1, {row("R1", "a", 1)});
    BOOST_TEST(changes({change(2, "R1", row("R1", "a", 2))}).changes.empty());
    BOOST_TEST(mirror.position()->revision == 2u);
}

BOOST_AUTO_TEST_CASE(a_bad_text_is_quarantined_and_the_last_good_one_stays_live) {
    all(1, {row("R1", "a", 1)});
    auto const outcome = changes({change(2, "R1", bad_row("R1", 2))});
    BOOST_TEST(outcome.changes.empty());
    BOOST_TEST(!outcome.findings.empty());
    BOOST_TEST(pattern_of("R1") == rule_text("R1", "a"));
    auto const quarantine = mirror.snapshot(now).quarantine;
    BOOST_REQUIRE_EQUAL(quarantine.size(), 1u);
    BOOST_TEST(quarantine[0].last_known_good);
    changes({change(3, "R1", row("R1", "b", 3))});
    BOOST_TEST(mirror.snapshot(now).quarantine.empty());
}

BOOST_AUTO_TEST_CASE(a_worker_that_never_saw_a_good_text_falls_back_to_the_former_one) {
    auto bad = bad_row("R1", 9);
    bad.former = row("R1", "former", 0).definition;
    all(9, {std::move(bad)});
    BOOST_TEST(pattern_of("R1") == rule_text("R1", "former"));
}

BOOST_AUTO_TEST_CASE(good_text_that_was_missed_before_a_bad_one_goes_live) {
    all(1, {row("R1", "a", 1)});
    auto bad = bad_row("R1", 9);
    bad.former = row("R1", "b", 0).definition;
    BOOST_TEST(names(all(9, {bad})) == strings{"R1@9"}, boost::test_tools::per_element());
    BOOST_TEST(pattern_of("R1") == rule_text("R1", "b"));
    BOOST_TEST(all(9, {std::move(bad)}).changes.empty());
}

BOOST_AUTO_TEST_CASE(deletion_that_was_missed_before_a_bad_text_takes_the_rule_along) {
    all(1, {row("R1", "a", 1)});
    auto bad = bad_row("R1", 9);
    all(9, {bad}); // the history does not reach back
    BOOST_TEST(pattern_of("R1") == rule_text("R1", "a"));
    bad.former_is_whole = true;
    BOOST_TEST(all(10, {std::move(bad)}).changes.size() == 1u);
    BOOST_TEST(pattern_of("R1") == "none");
}

BOOST_AUTO_TEST_CASE(state_that_was_missed_before_a_malformed_one_counts) {
    auto const malformed = [](std::optional<rule_state> former) {
        return observed_state{{"R1", malformed_value{"no state"}, 9}, std::move(former)};
    };
    all(2, {row("R1", "a", 1)}, {{{"R1", disabled(2), 2}, {}}});
    BOOST_TEST(all(9, {row("R1", "a", 1)}, {malformed({})}).changes.empty());
    BOOST_TEST(mirror.states().find("R1")->revision == 2u);
    BOOST_TEST(all(10, {row("R1", "a", 1)}, {malformed(disabled(8))}).changes.size() == 1u);
    BOOST_TEST(mirror.states().find("R1")->revision == 8u);
    BOOST_TEST(all(11, {row("R1", "a", 1)}, {malformed(rule_state())}).changes.size() == 1u);
    BOOST_TEST(mirror.states().find("R1") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_rule_that_fails_the_gate_does_not_go_live) {
    all(1, {});
    gate = [](auto const&) {
        diagnostic failed;
        failed.level = severity::error;
        failed.code = "test";
        return std::vector<diagnostic>{failed};
    };
    auto const tested = [this](std::string const& pattern, revision number) {
        auto rule = row("R1", pattern, number);
        admit(rule, gate);
        return rule;
    };
    auto const outcome = changes({change(2, "R1", tested("a", 2))});
    BOOST_TEST(outcome.changes.empty());
    BOOST_REQUIRE_EQUAL(outcome.findings.size(), 1u);
    BOOST_TEST(outcome.findings[0].path == "ttp_rule:R1");
    gate = [](auto const&) -> std::vector<diagnostic> { throw std::runtime_error("no memory"); };
    BOOST_TEST(changes({change(3, "R1", tested("b", 3))}).changes.empty());
}

BOOST_AUTO_TEST_CASE(a_deletion_ends_a_rule_and_leaves_its_state) {
    all(2, {row("R1", "a", 1)}, {{{"R1", disabled(2), 2}, {}}});
    auto const outcome = changes({change(3, "R1", deletion{})});
    BOOST_TEST(names(outcome) == (strings{"R1@3"}), boost::test_tools::per_element());
    BOOST_TEST(mirror.live().empty());
    BOOST_TEST(mirror.states().find("R1") != nullptr);
    BOOST_TEST(changes({change(4, "R1", deletion{})}).changes.empty());
}

BOOST_AUTO_TEST_CASE(a_malformed_state_keeps_the_former_one_without_its_expiry) {
    auto state = disabled(2);
    state.expires_at = now + 1h;
    all(2, {row("R1", "a", 1)}, {{{"R1", state, 2}, {}}});
    BOOST_TEST(mirror.states().next_expiry().has_value());
    auto const outcome = changes({change(3, "R1", malformed_value{"no state"})});
    BOOST_TEST(outcome.changes.empty());
    BOOST_TEST((mirror.states().effective("R1", now).status == rule_status::disabled));
    BOOST_TEST(!mirror.states().next_expiry().has_value());
    BOOST_TEST(mirror.snapshot(now).quarantine.size() == 1u);
    changes({change(4, "R1", rule_state())});
    BOOST_TEST(mirror.snapshot(now).quarantine.empty());
    BOOST_TEST(mirror.states().find("R1") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_decision_is_one_change_when_it_is_made_and_one_when_it_ends) {
    all(1, {});
    auto const outcome =
        changes({change(2, "2", observed_decision{2, made(2)}), change(3, "3", observed_decision{3, made(3)}),
                 change(4, "2", observed_decision{2, deletion{}}), change(5, "9", observed_decision{9, deletion{}})});
    BOOST_TEST(decided(outcome) == (strings{"2 made@2", "3 made@3", "2 ended@4"}), boost::test_tools::per_element());
    BOOST_TEST((mirror.snapshot(now).decisions == decision_map{{3, made(3)}}));
    BOOST_TEST(mirror.position()->revision == 5u);
}

BOOST_AUTO_TEST_CASE(end_in_time_has_the_cause_expiry) {
    all_decisions(2, {{{2, made(2), 2}, {}}});
    auto gone = change(3, "2", observed_decision{2, deletion{}});
    gone.cause = rule_change::origin::expiry;
    BOOST_TEST(decided(changes({gone})) == strings{"2 ended@3!"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(malformed_decision_is_quarantined_and_the_good_one_before_it_stays) {
    auto brief = made(2);
    brief.ends_at = now + 1h;
    all_decisions(2, {{{2, brief, 2}, {}}});
    BOOST_TEST((mirror.states().next_expiry() == brief.ends_at));
    auto const outcome = changes({change(3, "2", observed_decision{2, malformed_value{"no effect"}}),
                                  change(4, "4", observed_decision{4, malformed_value{"no effect"}})});
    BOOST_TEST(outcome.changes.empty());
    BOOST_REQUIRE_EQUAL(outcome.findings.size(), 2u);
    BOOST_TEST(outcome.findings[0].path == "ttp_decision:2");
    BOOST_TEST(!mirror.states().next_expiry().has_value());
    auto const snapshot = mirror.snapshot(now);
    BOOST_TEST((snapshot.decisions == decision_map{{2, brief}}));
    BOOST_REQUIRE_EQUAL(snapshot.quarantine.size(), 2u);
    BOOST_TEST(snapshot.quarantine[0].last_known_good);
    BOOST_TEST(!snapshot.quarantine[1].last_known_good);
    auto const repaired =
        changes({change(5, "2", observed_decision{2, made(2)}), change(6, "4", observed_decision{4, deletion{}})});
    BOOST_TEST(decided(repaired) == strings{"2 made@5"}, boost::test_tools::per_element());
    BOOST_TEST(mirror.snapshot(now).quarantine.empty());
}

BOOST_AUTO_TEST_CASE(decision_that_no_store_takes_is_malformed) {
    auto unsigned_one = made(2);
    unsigned_one.set_by.clear();
    all_decisions(2, {{{2, unsigned_one, 2}, {}}, {{3, made(3), 3}, {}}});
    auto const snapshot = mirror.snapshot(now);
    BOOST_TEST((snapshot.decisions == decision_map{{3, made(3)}}));
    BOOST_TEST(snapshot.quarantine.size() == 1u);
}

BOOST_AUTO_TEST_CASE(decision_that_was_missed_before_a_malformed_one_counts) {
    all_decisions(2, {{{2, made(2), 2}, {}}});
    BOOST_TEST(all_decisions(9, {damaged(2, 9)}).changes.empty());
    BOOST_TEST(mirror.states().decisions().contains(2));
    auto later = made(2);
    later.reason = "later";
    BOOST_TEST(decided(all_decisions(12, {damaged(2, 10, later), damaged(3, 3, made(3))})) ==
                   (strings{"2 made@10", "3 made@11"}),
               boost::test_tools::per_element());
    BOOST_TEST((mirror.states().decisions() == decision_map{{2, later}, {3, made(3)}}));
    BOOST_TEST(mirror.snapshot(now).quarantine.size() == 2u);
}

BOOST_AUTO_TEST_CASE(whole_look_gives_a_change_for_each_decision_that_differs) {
    auto over = made(3);
    over.ends_at = now - 1s;
    all_decisions(5, {{{2, made(2), 2}, {}}, {{3, over, 3}, {}}, {{4, made(4), 4}, {}}});
    auto changed = made(4);
    changed.reason = "changed";
    auto const outcome = all_decisions(9, {{{4, changed, 8}, {}}, {{7, made(7), 7}, {}}});
    BOOST_TEST(decided(outcome) == (strings{"2 ended@6", "7 made@7", "4 made@8", "3 ended@9!"}),
               boost::test_tools::per_element());
    BOOST_TEST((mirror.snapshot(now).decisions == decision_map{{4, changed}, {7, made(7)}}));
}

BOOST_AUTO_TEST_CASE(a_snapshot_has_a_state_until_the_database_removes_it) {
    // The clock by which it has expired may be wrong.
    auto state = disabled(2);
    state.expires_at = now - 1h;
    all(2, {row("R1", "a", 1)}, {{{"R1", state, 2}, {}}});
    auto const snapshot = mirror.snapshot(now);
    BOOST_TEST((snapshot.states.at("R1") == state));
    BOOST_TEST((snapshot.rules.at(0)->state() == rule_state()));
    changes({change(3, "R1", rule_state())});
    BOOST_TEST(mirror.snapshot(now).states.empty());
}

BOOST_AUTO_TEST_CASE(a_whole_look_gives_each_difference_a_number_of_its_own) {
    all(4, {row("R1", "a", 1), row("R2", "a", 2), row("R3", "a", 3)});
    // Since then: R1 changed (8), R2 deleted (no revision), R4 is new (6), its state too (7); R3 unchanged.
    auto const outcome =
        all(9, {row("R1", "b", 8), row("R3", "a", 3), row("R4", "a", 6)}, {{{"R4", disabled(7), 7}, {}}});
    BOOST_TEST(!outcome.restarted.has_value());
    BOOST_TEST(names(outcome) == (strings{"R2@5", "R4@6", "R4@7", "R1@8"}), boost::test_tools::per_element());
    BOOST_TEST(mirror.position()->revision == 9u);
}

BOOST_AUTO_TEST_CASE(another_database_or_an_older_state_restarts_the_revisions) {
    all(9, {row("R1", "a", 1)});
    database = "two";
    auto const another = all(3, {row("R1", "b", 2)});
    BOOST_REQUIRE(another.restarted.has_value());
    BOOST_TEST(*another.restarted == 3u);
    BOOST_TEST(another.changes.empty());
    BOOST_TEST(pattern_of("R1") == rule_text("R1", "b"));
    auto const older = all(1, {row("R1", "a", 1)});
    BOOST_TEST(older.restarted.has_value());
}

BOOST_AUTO_TEST_CASE(a_whole_look_that_others_have_overtaken_changes_nothing) {
    all(1, {row("R1", "a", 1)});
    observation late;
    late.based_on = mirror.position();
    late.position = {database, 2};
    late.all.emplace();
    changes({change(2, "R1", row("R1", "b", 2))});
    BOOST_TEST(mirror.apply(std::move(late), now).changes.empty());
    BOOST_TEST(pattern_of("R1") == rule_text("R1", "b"));
}

BOOST_AUTO_TEST_CASE(it_starts_from_a_snapshot) {
    live_rules live{{"R1", row("R1", "a", 1).definition}};
    mirror.restore({database, 5}, live, {}, {});
    BOOST_TEST(mirror.snapshot(now).revision == 5u);
    auto const outcome = changes({change(6, "R1", row("R1", "b", 6))});
    BOOST_TEST(names(outcome) == (strings{"R1@6"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_row_holds_one_rule_of_its_own_id) {
    BOOST_TEST(read_row("R1", rule_text("R1"), 1, {}).definition != nullptr);
    BOOST_TEST(read_row("R1", rule_text("R2"), 1, {}).definition == nullptr);
    BOOST_TEST(read_row("R1", rule_text("R1") + "---\n" + rule_text("R2"), 1, {}).definition == nullptr);
    BOOST_TEST(read_row("R1", std::string("\0\xff", 2), 1, {}).definition == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
