#include "engine/next_rules.hpp"

#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace rulehost {

using test::command;
using test::noon;
using test::rule_matching;

namespace {

rule_snapshot snapshot_of(std::vector<std::shared_ptr<rule_definition const>> const& definitions, revision newest) {
    rule_snapshot made;
    made.revision = newest;
    for (auto const& d : definitions)
        made.rules.push_back(std::make_shared<compiled_rule>(d, rule_state{}));
    return made;
}

std::string numbered(int n) {
    return "R" + std::to_string(10'000 + n);
}

std::shared_ptr<rule_definition const> numbered_rule(int n) {
    return rule_matching("{pattern: 'word" + std::to_string(n) + "x'}", numbered(n));
}

std::size_t tags_of(engine const& host, std::string_view line) {
    return host.evaluate(command(line), noon).value().tags.size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(live_rules)

BOOST_AUTO_TEST_CASE(changed_rule_replaces_itself) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: first}")});
    host.apply({2, "R1", rule_matching("{pattern: second}")});
    BOOST_TEST(tags_of(host, "first") == 0u);
    BOOST_TEST(tags_of(host, "second") == 1u);
    BOOST_TEST(host.rules().size() == 1u);
    BOOST_TEST(host.revision() == 2u);
}

BOOST_AUTO_TEST_CASE(deleted_rule_stops) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: first}")});
    host.apply({2, "R1", std::shared_ptr<rule_definition const>{}});
    BOOST_TEST(tags_of(host, "first") == 0u);
    BOOST_TEST(host.rules().empty());
}

BOOST_AUTO_TEST_CASE(replayed_change_does_nothing) {
    engine host;
    host.apply({5, "R1", rule_matching("{pattern: first}")});
    host.apply({5, "R1", rule_matching("{pattern: second}")});
    host.apply({4, "R1", std::shared_ptr<rule_definition const>{}});
    BOOST_TEST(tags_of(host, "first") == 1u);
}

BOOST_AUTO_TEST_CASE(definition_change_keeps_the_state) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: first}")});
    host.apply({2, "R1", rule_state::disabled("noisy")});
    host.apply({3, "R1", rule_matching("{pattern: second}")});
    BOOST_TEST(tags_of(host, "second") == 0u);
    host.apply({4, "R1", rule_state{}});
    BOOST_TEST(tags_of(host, "second") == 1u);
}

BOOST_AUTO_TEST_CASE(state_of_a_rule_that_does_not_exist_yet_waits_for_it) {
    engine host;
    host.apply({1, "R1", rule_state::disabled("noisy")});
    host.apply({2, "R1", rule_matching("{pattern: first}")});
    BOOST_TEST(tags_of(host, "first") == 0u);
    host.apply({3, "R1", std::shared_ptr<rule_definition const>{}});
    host.apply({4, "R1", rule_matching("{pattern: first}")});
    BOOST_TEST(tags_of(host, "first") == 0u);
}

BOOST_AUTO_TEST_CASE(snapshot_replaces_rules_and_states) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: first}")});
    host.apply({2, "R1", rule_state::disabled("noisy")});
    auto snapshot = snapshot_of({rule_matching("{pattern: first}"), rule_matching("{pattern: other}", "R2")}, 9);
    snapshot.states.emplace("R2", rule_state::disabled("noisy"));
    host.replace(snapshot);
    BOOST_TEST(tags_of(host, "first") == 1u);
    BOOST_TEST(tags_of(host, "other") == 0u);
    BOOST_TEST(host.revision() == 9u);
    host.replace(snapshot_of({rule_matching("{pattern: other}", "R2")}, 10));
    BOOST_TEST(tags_of(host, "first") == 0u);
    BOOST_TEST(tags_of(host, "other") == 1u);
}

BOOST_AUTO_TEST_CASE(counters_survive_a_reload) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: first}")});
    tags_of(host, "first");
    host.apply({2, "R1", rule_matching("{pattern: second}")});
    tags_of(host, "second");
    auto const totals = host.statistics();
    BOOST_REQUIRE_EQUAL(totals.size(), 1u);
    BOOST_TEST(totals.front().matches == 2u);
    BOOST_TEST(totals.front().tags == 2u);
}

BOOST_AUTO_TEST_CASE(many_changes_one_by_one_end_as_one_snapshot_would) {
    engine host;
    std::vector<std::shared_ptr<rule_definition const>> definitions;
    revision newest = 0;
    for (int n = 0; n != 300; ++n) {
        definitions.push_back(numbered_rule(n));
        host.apply({++newest, numbered(n), definitions.back()});
    }
    engine other;
    other.replace(snapshot_of(definitions, newest));
    BOOST_TEST(host.digest() == other.digest());
    for (int const n : {0, 1, 150, 299}) {
        auto const line = "word" + std::to_string(n) + "x";
        BOOST_TEST(tags_of(host, line) == 1u);
        BOOST_TEST(tags_of(other, line) == 1u);
    }
    BOOST_TEST(host.wants_compaction());
    host.compact();
    BOOST_TEST(!host.wants_compaction());
    BOOST_TEST(host.digest() == other.digest());
    BOOST_TEST(tags_of(host, "word7x word8x") == 2u);
}

BOOST_AUTO_TEST_CASE(tags_come_in_one_order_however_the_rules_came) {
    engine host;
    host.apply({1, "R3", rule_matching("{pattern: wget}", "R3")});
    host.apply({2, "R1", rule_matching("{pattern: wget}", "R1")});
    host.apply({3, "R2", rule_matching("{pattern: wget}", "R2")});
    auto const result = host.evaluate(command("wget x"), noon).value();
    BOOST_REQUIRE_EQUAL(result.tags.size(), 3u);
    BOOST_TEST(result.tags[0].rule_id == "R1");
    BOOST_TEST(result.tags[2].rule_id == "R3");
}

BOOST_AUTO_TEST_CASE(digest_distinguishes_rules_and_states) {
    engine a;
    engine b;
    a.apply({1, "R1", rule_matching("{pattern: first}")});
    b.apply({7, "R1", rule_matching("{pattern: first}")});
    BOOST_TEST(a.digest() == b.digest());
    b.apply({8, "R1", rule_state::clipped(0.5, "noisy")});
    BOOST_TEST(a.digest() != b.digest());
    a.apply({2, "R1", rule_state::clipped(0.5, "another reason")});
    BOOST_TEST(a.digest() == b.digest());
    a.apply({3, "R1", rule_matching("{pattern: second}")});
    BOOST_TEST(a.digest() != b.digest());
}

BOOST_AUTO_TEST_CASE(prepared_change_is_live_when_it_is_published_and_not_before) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: first}")});
    decision silent(decision_effect::disable, {"R1"});
    silent.id = 5;
    std::vector<rule_change> const changes{
        {2, "R2", rule_matching("{pattern: second}", "R2")},
        {3, "R2", rule_state::disabled("noisy")},
        {4, list_change{{"names"}, {rule_matching("{pattern: third}", "R1"), rule_matching("{pattern: x}", "R3")}}},
        {5, decision_change{silent.id, silent}},
        {6, decision_change{silent.id, std::nullopt}},
        {7, "R3", std::shared_ptr<rule_definition const>()}};
    for (auto const& change : changes) {
        auto const before = host.digest();
        auto prepared = host.prepare(change);
        BOOST_TEST(host.digest() == before);
        BOOST_TEST(host.revision() == change.revision - 1);
        BOOST_TEST(host.publish(std::move(prepared)));
        BOOST_TEST(host.digest() != before);
        BOOST_TEST(host.revision() == change.revision);
    }
    auto const loaded = snapshot_of({rule_matching("{pattern: first}")}, 9);
    auto prepared = host.prepare(loaded);
    BOOST_TEST(tags_of(host, "third") == 1u);
    BOOST_TEST(tags_of(host, "first") == 0u);
    BOOST_TEST(host.publish(std::move(prepared)));
    BOOST_TEST(tags_of(host, "third") == 0u);
    BOOST_TEST(tags_of(host, "first") == 1u);
    engine other;
    other.replace(loaded);
    other.apply({10, "R2", rule_state::disabled("noisy")});
    host.apply({10, "R2", rule_state::disabled("noisy")});
    BOOST_TEST(host.digest() == other.digest());
}

BOOST_AUTO_TEST_CASE(events_between_preparation_and_publication_are_counted) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: same}")});
    auto prepared = host.prepare({2, "R1", rule_matching("{pattern: 'same|second'}")});
    tags_of(host, "same");
    BOOST_TEST(host.publish(std::move(prepared)));
    tags_of(host, "second");
    BOOST_REQUIRE_EQUAL(host.statistics().size(), 1u);
    BOOST_TEST(host.statistics().front().matches == 2u);
}

BOOST_AUTO_TEST_CASE(prepared_change_of_rules_that_have_changed_since_is_not_published) {
    engine host;
    host.apply({1, "R1", rule_matching("{pattern: first}")});
    auto late = host.prepare({3, "R1", rule_matching("{pattern: third}")});
    host.apply({2, "R2", rule_matching("{pattern: second}", "R2")});
    auto const before = host.digest();
    BOOST_TEST(!host.publish(std::move(late)));
    BOOST_TEST(host.digest() == before);
    BOOST_TEST(host.revision() == 2u);

    auto compacted = host.prepare({3, "R1", rule_matching("{pattern: third}")});
    host.compact();
    BOOST_TEST(!host.publish(std::move(compacted)));
    BOOST_TEST(host.publish(host.prepare({3, "R1", rule_matching("{pattern: third}")})));
    BOOST_TEST(tags_of(host, "second third") == 2u);
}

BOOST_AUTO_TEST_CASE(prepared_replay_of_a_change_publishes_nothing) {
    engine host;
    host.apply({5, "R1", rule_matching("{pattern: first}")});
    BOOST_TEST(host.publish(host.prepare({5, "R1", std::shared_ptr<rule_definition const>()})));
    BOOST_TEST(tags_of(host, "first") == 1u);
}

BOOST_AUTO_TEST_CASE(prepared_rules_may_outlive_their_engine) {
    std::optional<engine> host(std::in_place);
    host->apply({1, "R1", rule_matching("{pattern: first}")});
    auto const prepared =
        std::make_unique<prepared_rules>(host->prepare({2, "R1", rule_matching("{pattern: second}")}));
    host.reset();
    BOOST_TEST(prepared.get());
}

BOOST_AUTO_TEST_CASE(list_that_many_rules_name_costs_one_index) {
    std::vector<std::shared_ptr<rule_definition const>> definitions;
    list_change edit;
    for (int n = 0; n != 200; ++n) {
        definitions.push_back(numbered_rule(n));
        if (n % 2 == 0)
            edit.definitions.push_back(rule_matching("{pattern: 'other" + std::to_string(n) + "x'}", numbered(n)));
    }
    std::ranges::reverse(edit.definitions); // a comparison of a whole database has them in the order of its rows
    rule_change const change(2, std::move(edit));
    auto const before = next_rules(rule_set{}, snapshot_of(definitions, 1), {});
    auto const after = next_rules(before, change, {});
    BOOST_TEST(after.layers().size() == 2u);
    BOOST_TEST(after.rules().size() == 200u);
    BOOST_TEST(after.is_scattered());
    BOOST_TEST(after.find(numbered(5)) == before.find(numbered(5)));
    BOOST_TEST(after.find(numbered(6)) != before.find(numbered(6)));

    engine host;
    host.replace(snapshot_of(definitions, 1));
    host.apply(change);
    BOOST_TEST(tags_of(host, "word4x word5x other5x other6x other8x") == 3u);
    host.compact();
    BOOST_TEST(tags_of(host, "word4x word5x other5x other6x other8x") == 3u);
}

BOOST_AUTO_TEST_CASE(evaluation_goes_on_while_rules_are_swapped_and_compacted) {
    engine host;
    auto const always = rule_matching("{pattern: wget}", "R1");
    std::vector<std::shared_ptr<rule_definition const>> definitions{always};
    for (int n = 0; n != 20; ++n)
        definitions.push_back(numbered_rule(n));
    host.replace(snapshot_of(definitions, 1));

    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    std::atomic<int> evaluated{0};
    auto const evaluate = [&] {
        evaluation result;
        auto const e = command("wget x; word3x");
        while (!done) {
            host.evaluate(e, noon, result);
            // Rule 3 comes and goes; the other rule is always live.
            if (result.tags.empty() || result.tags.front().rule_id != "R1" || result.tags.size() > 2)
                ++wrong;
            ++evaluated;
        }
    };
    std::thread first{evaluate};
    std::thread second{evaluate};
    std::thread compacting{[&] {
        while (!done)
            host.compact();
    }};
    revision newest = 1;
    while (newest < 200 || evaluated < 200) {
        host.apply({++newest, numbered(3), std::shared_ptr<rule_definition const>{}});
        host.apply({++newest, numbered(3), definitions[4]});
        host.apply({++newest, numbered(5), rule_state::disabled("noisy")});
        host.apply({++newest, numbered(5), rule_state{}});
        if (newest % 20 == 1)
            host.replace(snapshot_of(definitions, newest));
    }
    done = true;
    first.join();
    second.join();
    compacting.join();
    BOOST_TEST(wrong == 0);
    BOOST_TEST(tags_of(host, "word3x") == 1u);
    BOOST_TEST(host.rules().size() == definitions.size());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
