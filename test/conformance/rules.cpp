// Properties of every rule_store: rules and their definitions.
#include "conformance/backend.hpp"

#include "support/rule_text.hpp"

using namespace rulehost;
using test::bad_rule_text;
using test::ids;
using test::rule_text;

namespace {

using lines = std::vector<std::string>;

} // namespace

RULEHOST_CONFORMANCE_TEST(empty_store_loads) {
    auto const snapshot = backend.load();
    BOOST_TEST(snapshot.rules.empty());
    BOOST_TEST(snapshot.states.empty());
    BOOST_TEST(snapshot.quarantine.empty());
}

RULEHOST_CONFORMANCE_TEST(corpus_loads_by_rule_id_with_the_text_of_its_author) {
    auto const text = "# by hand:  two  spaces, tab\t, umlaut \xc3\xa4\n" + rule_text("R2") + "\n\n# end";
    backend.write_rule("R3", rule_text("R3"));
    backend.write_rule("R2", text);
    backend.write_rule("R1", rule_text("R1"));
    auto const snapshot = backend.load();
    BOOST_TEST((ids(snapshot) == lines{"R1", "R2", "R3"}));
    auto const& rule = snapshot.rules.at(1)->definition();
    BOOST_TEST(rule.text == text);
    BOOST_TEST(rule.rule_version == 1);
    BOOST_TEST(rule.name == "test_rule");
    BOOST_TEST((rule.applies_to == lines{"command"}));
    BOOST_REQUIRE(rule.emits.size() == 1u);
    BOOST_TEST(rule.emits[0].technique_id == "T1105");
    BOOST_TEST(rule.emits[0].confidence == 0.9);
    BOOST_TEST((rule.evidence_fields == std::vector<field_path>{{{"command_text"}}}));
}

RULEHOST_CONFORMANCE_TEST(rule_without_a_state_is_enabled) {
    backend.write_rule("R1", rule_text("R1"));
    auto const snapshot = backend.load();
    BOOST_REQUIRE(snapshot.rules.size() == 1u);
    BOOST_TEST((snapshot.rules[0]->state() == rule_state()));
}

RULEHOST_CONFORMANCE_TEST(five_edits_are_five_changes_in_order) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    for (int version = 1; version <= 5; ++version)
        backend.write_rule("R1", rule_text("R1", "v" + std::to_string(version)));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 5u);
    for (std::size_t index = 0; index != 5; ++index) {
        auto const& change = changes[index];
        BOOST_TEST(change.rule_id == "R1");
        BOOST_TEST((change.what() == rule_change::kind::definition));
        BOOST_REQUIRE(change.definition());
        BOOST_TEST(change.definition()->text == rule_text("R1", "v" + std::to_string(index + 1)));
        BOOST_TEST((index == 0 || changes[index - 1].revision < change.revision));
    }
    BOOST_TEST(backend.load().revision == changes.back().revision);
}

RULEHOST_CONFORMANCE_TEST(same_text_written_again_is_no_change) {
    backend.write_rule("R1", rule_text("R1"));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_rule("R1", rule_text("R1"));
    BOOST_TEST(backend.changes(reader).empty());
}

RULEHOST_CONFORMANCE_TEST(deletion_is_a_change_without_a_rule) {
    backend.write_rule("R1", rule_text("R1"));
    backend.write_rule("R2", rule_text("R2"));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.delete_rule("R1");
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(changes[0].rule_id == "R1");
    BOOST_TEST((changes[0].what() == rule_change::kind::definition));
    BOOST_TEST(!changes[0].definition());
    BOOST_TEST((ids(backend.load()) == lines{"R2"}));
}

RULEHOST_CONFORMANCE_TEST(bad_text_is_quarantined_alone) {
    backend.write_rule("R1", bad_rule_text("R1"));
    backend.write_rule("R2", rule_text("R2"));
    auto const snapshot = backend.load();
    BOOST_TEST((ids(snapshot) == lines{"R2"}));
    BOOST_REQUIRE(snapshot.quarantine.size() == 1u);
    BOOST_TEST(snapshot.quarantine[0].rule_id == "R1");
    BOOST_TEST(!snapshot.quarantine[0].last_known_good);
    BOOST_TEST(has_errors(snapshot.quarantine[0].diagnostics));
}

RULEHOST_CONFORMANCE_TEST(rule_that_fails_its_own_tests_stays_out_and_its_last_known_good_in) {
    std::string const tests =
        "tests:\n  - {event: {command_text: wget}, expect: [T1105]}\n  - {event: {command_text: curl}, expect: []}\n";
    auto const good = rule_text("R1", "wget") + tests;
    backend.write_rule("R1", good);
    backend.write_rule("R2", rule_text("R2", "curl") + tests);
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_rule("R1", rule_text("R1", "wget|curl") + tests);
    BOOST_TEST(backend.changes(reader).empty());
    auto const snapshot = backend.load();
    BOOST_REQUIRE((ids(snapshot) == lines{"R1"}));
    BOOST_TEST(snapshot.rules[0]->definition().text == good);
    BOOST_REQUIRE(snapshot.quarantine.size() == 2u);
    for (auto const& bad : snapshot.quarantine) {
        BOOST_TEST(bad.last_known_good == (bad.rule_id == "R1"));
        BOOST_REQUIRE(!bad.diagnostics.empty());
        BOOST_TEST(bad.diagnostics.front().code == "rule-test-failed");
    }
    auto const better = rule_text("R1", "wget .*") + "tests:\n  - {event: {command_text: wget x}, expect: [T1105]}\n";
    backend.write_rule("R1", better);
    BOOST_TEST(backend.changes(reader).size() == 1u);
    BOOST_TEST(backend.load().rules.at(0)->definition().text == better);
}

RULEHOST_CONFORMANCE_TEST(rejected_edit_keeps_last_known_good) {
    backend.write_rule("R1", rule_text("R1", "good"));
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.write_rule("R1", bad_rule_text("R1"));
    BOOST_TEST(backend.changes(reader).empty());
    auto const snapshot = backend.load();
    BOOST_REQUIRE(snapshot.rules.size() == 1u);
    BOOST_TEST(snapshot.rules[0]->definition().text == rule_text("R1", "good"));
    BOOST_REQUIRE(snapshot.quarantine.size() == 1u);
    BOOST_TEST(snapshot.quarantine[0].last_known_good);
    backend.write_rule("R1", rule_text("R1", "better"));
    BOOST_TEST(backend.changes(reader).size() == 1u);
    BOOST_TEST(backend.load().quarantine.empty());
}

RULEHOST_CONFORMANCE_TEST(hostile_text_is_quarantined_and_harms_nothing) {
    backend.write_rule("R1", rule_text("R1"));
    backend.start();
    for (auto const& text : {std::string(), std::string(300'000, 'x'), std::string("a: &a [b]\nc: [*a,*a]\n"),
                             std::string(5000, '['), std::string("rule_id: [\n"), std::string("---\n---\n---\n")})
        backend.write_rule("R2", text);
    auto const snapshot = backend.load();
    BOOST_TEST((ids(snapshot) == lines{"R1"}));
    BOOST_TEST(!snapshot.quarantine.empty());
}

RULEHOST_CONFORMANCE_TEST(definition_change_does_not_move_the_state) {
    backend.write_rule("R1", rule_text("R1"));
    backend.start();
    auto const stored = backend.set("R1", rule_state::disabled("noisy"));
    backend.write_rule("R1", rule_text("R1", "edited"));
    auto const snapshot = backend.load();
    BOOST_REQUIRE(snapshot.rules.size() == 1u);
    BOOST_TEST(snapshot.rules[0]->definition().text == rule_text("R1", "edited"));
    BOOST_TEST((snapshot.rules[0]->state() == stored));
    backend.delete_rule("R1");
    BOOST_TEST((backend.get("R1") == stored));
    BOOST_TEST(backend.load().states.count("R1") == 1u);
}

RULEHOST_CONFORMANCE_TEST(reopened_store_loads_the_same_rules) {
    backend.write_rule("R1", rule_text("R1"));
    backend.write_rule("R2", rule_text("R2"));
    auto const before = backend.load();
    backend.reopen();
    auto const after = backend.load();
    BOOST_REQUIRE(after.rules.size() == before.rules.size());
    for (std::size_t index = 0; index != after.rules.size(); ++index)
        BOOST_TEST(after.rules[index]->definition().content_hash == before.rules[index]->definition().content_hash);
}
