// Properties of every rule_store: lists that rules share.
#include "conformance/backend.hpp"

#include "support/rule_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

using namespace rulehost;
using test::ids;
using test::rule_text;

namespace {

using lines = std::vector<std::string>;

std::string rule_with(std::string const& rule_id, std::string const& list) {
    return "rule_id: " + rule_id + "\nname: test_rule\napplies_to: [command]\nmatch:\n  command:\n    - {program: $" +
        list + "}\nemits:\n  - {tactic: TA0011, technique_id: T1105, confidence: 0.9}\n";
}

std::string hash_of(rule_snapshot const& snapshot, std::string const& rule_id) {
    for (auto const& rule : snapshot.rules)
        if (rule->definition().rule_id == rule_id)
            return rule->definition().lists_hash;
    return "not live";
}

/// `id`, with a star when a last-known-good is live; of a list: `?`.
lines quarantine_of(rule_snapshot const& snapshot) {
    lines result;
    for (auto const& each : snapshot.quarantine)
        result.push_back((each.rule_id.empty() ? "?" : each.rule_id) + (each.last_known_good ? " *" : ""));
    std::ranges::sort(result);
    return result;
}

lines ids_of_change(list_change const& change) {
    lines result;
    for (auto const& definition : change.definitions)
        result.push_back(definition->rule_id);
    return result;
}

/// The rules of all changes of lists, each as often as it changed.
lines by_lists(std::vector<rule_change> const& changes) {
    lines result;
    for (auto const& change : changes) {
        BOOST_REQUIRE((change.what() == rule_change::kind::lists));
        std::ranges::copy(ids_of_change(change.lists()), std::back_inserter(result));
    }
    return result;
}

} // namespace

RULEHOST_CONFORMANCE_TEST(rule_is_read_with_the_list_that_it_names) {
    backend.write_list("tools", R"(["wget", "curl"])");
    backend.write_rule("R1", rule_with("R1", "tools"));
    auto const snapshot = backend.load();
    BOOST_TEST((ids(snapshot) == lines{"R1"}));
    BOOST_TEST((quarantine_of(snapshot) == lines{}));
    BOOST_TEST((snapshot.rules.at(0)->definition().lists == lines{"tools"}));
    BOOST_TEST(!hash_of(snapshot, "R1").empty());
    BOOST_REQUIRE(snapshot.lists);
    BOOST_TEST((snapshot.lists->at("tools").values == boost::json::array{"wget", "curl"}));
}

RULEHOST_CONFORMANCE_TEST(changed_list_has_its_rules_and_no_others_read_again_in_one_revision) {
    backend.write_list("tools", R"(["wget"])");
    backend.write_list("shells", R"(["sh"])");
    backend.write_rule("R1", rule_with("R1", "tools"));
    backend.write_rule("R2", rule_with("R2", "tools"));
    backend.write_rule("R3", rule_with("R3", "shells"));
    backend.write_rule("R4", rule_text("R4"));
    auto const before = backend.load();
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_list("tools", R"(["wget", "curl"])");
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE_EQUAL(changes.size(), 1u);
    BOOST_REQUIRE((changes[0].what() == rule_change::kind::lists));
    BOOST_TEST((changes[0].lists().names == lines{"tools"}));
    BOOST_TEST((ids_of_change(changes[0].lists()) == lines{"R1", "R2"}));
    auto const after = backend.load();
    BOOST_TEST(after.revision == changes[0].revision);
    BOOST_TEST(hash_of(after, "R1") == changes[0].lists().definitions.at(0)->lists_hash);
    BOOST_TEST(hash_of(after, "R1") != hash_of(before, "R1"));
    BOOST_TEST(hash_of(after, "R3") == hash_of(before, "R3"));
}

RULEHOST_CONFORMANCE_TEST(list_written_again_with_the_same_values_changes_no_rule) {
    backend.write_list("tools", R"(["wget"])");
    backend.write_rule("R1", rule_with("R1", "tools"));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_list("tools", R"([ "wget" ])");
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{}));
}

RULEHOST_CONFORMANCE_TEST(list_that_names_another_one_changes_with_it) {
    backend.write_list("shells", R"(["sh"])");
    backend.write_list("tools", R"(["$shells", "wget"])");
    backend.write_rule("R1", rule_with("R1", "tools"));
    BOOST_TEST((ids(backend.load()) == lines{"R1"}));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_list("shells", R"(["sh", "bash"])");
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{"R1"}));
}

RULEHOST_CONFORMANCE_TEST(bad_list_stays_as_it_was) {
    backend.write_list("tools", R"(["wget"])");
    backend.write_rule("R1", rule_with("R1", "tools"));
    auto const before = backend.load();
    backend.start();
    auto reader = backend.store().subscribe_changes();
    for (auto const* const bad : {"[]", "5", R"(["$nowhere"])", R"(["$tools"])"}) {
        backend.write_list("tools", bad);
        auto const snapshot = backend.load();
        BOOST_TEST((ids(snapshot) == lines{"R1"}), bad);
        BOOST_TEST(hash_of(snapshot, "R1") == hash_of(before, "R1"), bad);
        BOOST_TEST((quarantine_of(snapshot) == lines{"? *"}), bad);
    }
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{}));
    backend.write_list("tools", R"(["curl"])");
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{"R1"}));
    BOOST_TEST((quarantine_of(backend.load()) == lines{}));
}

RULEHOST_CONFORMANCE_TEST(rule_whose_list_is_gone_is_quarantined_and_stays_live_as_it_was) {
    backend.write_list("tools", R"(["wget"])");
    backend.write_rule("R1", rule_with("R1", "tools"));
    auto const before = backend.load();
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.delete_list("tools");
    auto const without = backend.load();
    BOOST_TEST((ids(without) == lines{"R1"}));
    BOOST_TEST(hash_of(without, "R1") == hash_of(before, "R1"));
    BOOST_TEST((quarantine_of(without) == lines{"R1 *"}));
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{}));
    backend.write_list("tools", R"(["curl"])");
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{"R1"}));
    BOOST_TEST((quarantine_of(backend.load()) == lines{}));
}

RULEHOST_CONFORMANCE_TEST(rule_goes_live_with_the_list_that_it_waits_for) {
    backend.write_rule("R1", rule_with("R1", "tools"));
    auto const waiting = backend.load();
    BOOST_TEST((ids(waiting) == lines{}));
    BOOST_TEST((quarantine_of(waiting) == lines{"R1"}));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_list("tools", R"(["wget"])");
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{"R1"}));
    BOOST_TEST((ids(backend.load()) == lines{"R1"}));
}

RULEHOST_CONFORMANCE_TEST(rule_that_fails_its_tests_with_a_new_list_stays_as_it_was) {
    backend.write_list("tools", R"(["wget"])");
    backend.write_rule("R1",
                       rule_with("R1", "tools") +
                           "tests:\n  - {event: {command_text: wget x}, expect: [T1105]}\n"
                           "  - {event: {command_text: nmap x}, expect: []}\n");
    auto const before = backend.load();
    BOOST_TEST((ids(before) == lines{"R1"}));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_list("tools", R"(["nmap"])");
    BOOST_TEST((by_lists(backend.changes(reader)) == lines{}));
    auto const after = backend.load();
    BOOST_TEST(hash_of(after, "R1") == hash_of(before, "R1"));
    BOOST_TEST((quarantine_of(after) == lines{"R1 *"}));
}

RULEHOST_CONFORMANCE_TEST(lists_are_there_after_a_restart) {
    backend.write_list("tools", R"(["wget"])");
    backend.write_rule("R1", rule_with("R1", "tools"));
    auto const before = backend.load();
    backend.reopen();
    auto const after = backend.load();
    BOOST_TEST((ids(after) == lines{"R1"}));
    BOOST_TEST(hash_of(after, "R1") == hash_of(before, "R1"));
}
