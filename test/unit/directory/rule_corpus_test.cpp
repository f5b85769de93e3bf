#include "directory/rule_corpus.hpp"

#include "support/rule_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using test::bad_rule_text;
using test::rule_text;

namespace {

rule_file text(std::string bytes) {
    return {rule_file::kind::text, std::move(bytes)};
}
rule_file const unreadable{rule_file::kind::unreadable, "permission denied"};
rule_file const absent{};

using lines = std::vector<std::string>;

struct rule_corpus_fixture {
    /// `+R1` defined or redefined, `-R1` deleted.
    lines update(rule_files const& files) {
        auto outcome = corpus.update(files);
        findings = std::move(outcome.findings);
        lines result;
        for (auto const& edit : outcome.edits)
            result.push_back((edit.definition ? "+" : "-") + edit.rule_id);
        return result;
    }

    lines live() const {
        lines result;
        for (auto const& each : corpus.live())
            result.push_back(each->rule_id + " " + pattern_of(*each) + " " + each->path);
        return result;
    }

    static std::string pattern_of(rule_definition const& rule) {
        auto const begin = rule.text.find('\'') + 1;
        return rule.text.substr(begin, rule.text.find('\'', begin) - begin);
    }

    /// `id path`, with a star when a last-known-good is live.
    lines quarantine() const {
        lines result;
        for (auto const& each : corpus.quarantine())
            result.push_back((each.rule_id.empty() ? "?" : each.rule_id) + " " + each.path +
                             (each.last_known_good ? " *" : ""));
        return result;
    }

    rule_corpus corpus{"rules", {}};
    std::vector<diagnostic> findings;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(corpus_of_rules, rule_corpus_fixture)

BOOST_AUTO_TEST_CASE(new_edited_and_deleted_rule_are_one_edit_each) {
    BOOST_TEST((update({{"b.yaml", text(rule_text("R2"))}, {"a.yaml", text(rule_text("R1"))}}) == lines{"+R1", "+R2"}));
    BOOST_TEST((update({{"a.yaml", text(rule_text("R1", "curl"))}}) == lines{"+R1"}));
    BOOST_TEST((live() == lines{"R1 curl rules/a.yaml", "R2 wget rules/b.yaml"}));
    BOOST_TEST((update({{"a.yaml", absent}}) == lines{"-R1"}));
    BOOST_TEST((live() == lines{"R2 wget rules/b.yaml"}));
    BOOST_TEST(findings.empty());
}

BOOST_AUTO_TEST_CASE(unchanged_text_is_no_edit) {
    update({{"a.yaml", text(rule_text("R1"))}});
    BOOST_TEST(update({{"a.yaml", text(rule_text("R1"))}, {"gone.yaml", absent}}).empty());
}

BOOST_AUTO_TEST_CASE(moved_file_is_no_edit_but_changes_the_path_of_its_rule) {
    update({{"a.yaml", text(rule_text("R1"))}});
    BOOST_TEST(update({{"a.yaml", absent}, {"sub/b.yaml", text(rule_text("R1"))}}).empty());
    BOOST_TEST((live() == lines{"R1 wget rules/sub/b.yaml"}));
}

BOOST_AUTO_TEST_CASE(several_documents_are_several_rules) {
    BOOST_TEST((update({{"a.yaml", text(rule_text("R1") + "---\n" + rule_text("R2"))}}) == lines{"+R1", "+R2"}));
    BOOST_TEST((update({{"a.yaml", text(rule_text("R1") + "---\n" + rule_text("R2", "curl"))}}) == lines{"+R2"}));
    BOOST_TEST((update({{"a.yaml", text("---\n" + rule_text("R2", "curl"))}}) == lines{"-R1"}));
}

BOOST_AUTO_TEST_CASE(changed_id_is_a_deletion_and_a_definition) {
    update({{"a.yaml", text(rule_text("R1"))}});
    BOOST_TEST((update({{"a.yaml", text(rule_text("R9"))}}) == lines{"-R1", "+R9"}));
}

BOOST_AUTO_TEST_CASE(bad_text_leaves_the_last_known_good_live) {
    update({{"a.yaml", text(rule_text("R1"))}});
    BOOST_TEST(update({{"a.yaml", text(bad_rule_text("R1"))}}).empty());
    BOOST_TEST(!findings.empty());
    BOOST_TEST((live() == lines{"R1 wget rules/a.yaml"}));
    BOOST_TEST((quarantine() == lines{"R1 rules/a.yaml *"}));
    BOOST_TEST((update({{"a.yaml", text(rule_text("R1", "curl"))}}) == lines{"+R1"}));
    BOOST_TEST(quarantine().empty());
}

BOOST_AUTO_TEST_CASE(text_without_an_id_keeps_the_rule_that_it_was_and_no_other) {
    update({{"a.yaml", text(rule_text("R1") + "---\n" + rule_text("R2"))}});
    update({{"a.yaml", text("name: half\n---\n" + rule_text("R2", "curl"))}});
    BOOST_TEST((live() == lines{"R1 wget rules/a.yaml", "R2 curl rules/a.yaml"}));
    BOOST_TEST((corpus.kept() == std::set<std::string>{"R1"}));
    update({{"a.yaml", text(rule_text("R1") + "---\n" + rule_text("R2", "curl"))}});
    BOOST_TEST(corpus.kept().empty());
}

BOOST_AUTO_TEST_CASE(bad_text_does_not_spoil_its_neighbours) {
    BOOST_TEST((update({{"a.yaml", text(bad_rule_text("R1") + "---\n" + rule_text("R2"))}}) == lines{"+R2"}));
    BOOST_TEST((quarantine() == lines{"R1 rules/a.yaml"}));
}

BOOST_AUTO_TEST_CASE(deleting_a_bad_text_deletes_the_last_known_good) {
    update({{"a.yaml", text(rule_text("R1"))}});
    update({{"a.yaml", text(bad_rule_text("R1"))}});
    BOOST_TEST((update({{"a.yaml", absent}}) == lines{"-R1"}));
    BOOST_TEST(quarantine().empty());
}

BOOST_AUTO_TEST_CASE(bad_text_that_moves_keeps_the_last_known_good) {
    update({{"a.yaml", text(rule_text("R1"))}});
    update({{"a.yaml", text(bad_rule_text("R1"))}});
    BOOST_TEST(update({{"a.yaml", absent}, {"b.yaml", text(bad_rule_text("R1"))}}).empty());
    BOOST_TEST((quarantine() == lines{"R1 rules/b.yaml *"}));
    BOOST_TEST((update({{"b.yaml", absent}}) == lines{"-R1"}));
}

BOOST_AUTO_TEST_CASE(emptied_file_deletes_nothing) {
    update({{"a.yaml", text(rule_text("R1") + "---\n" + rule_text("R2"))}});
    BOOST_TEST(update({{"a.yaml", text("")}}).empty());
    BOOST_TEST(live().size() == 2u);
    BOOST_TEST((quarantine() == lines{"? rules/a.yaml *"}));
    BOOST_TEST((update({{"a.yaml", text("---\n" + rule_text("R2"))}}) == lines{"-R1"}));
    BOOST_TEST(quarantine().empty());
}

BOOST_AUTO_TEST_CASE(unreadable_file_deletes_nothing) {
    update({{"a.yaml", text(rule_text("R1"))}});
    BOOST_TEST(update({{"a.yaml", unreadable}}).empty());
    BOOST_REQUIRE(findings.size() == 1u);
    BOOST_TEST(findings[0].code == "unreadable");
    BOOST_TEST((quarantine() == lines{"? rules/a.yaml *"}));
    BOOST_TEST((update({{"a.yaml", absent}}) == lines{"-R1"}));
}

BOOST_AUTO_TEST_CASE(text_with_an_unreadable_id_may_be_any_rule_of_its_file) {
    update({{"a.yaml", text(rule_text("R1") + "---\n" + rule_text("R2"))}});
    BOOST_TEST(update({{"a.yaml", text(rule_text("R1") + "---\n: : :\n")}}).empty());
    BOOST_TEST(live().size() == 2u);
    BOOST_TEST((quarantine() == lines{"? rules/a.yaml *"}));
    BOOST_TEST((update({{"a.yaml", text(rule_text("R1"))}}) == lines{"-R2"}));
}

BOOST_AUTO_TEST_CASE(emptied_file_does_not_give_its_rule_to_a_rival) {
    update({{"a.yaml", text(rule_text("R1", "first"))}, {"b.yaml", text(rule_text("R1", "second"))}});
    BOOST_TEST(update({{"a.yaml", text("")}}).empty());
    BOOST_TEST((live() == lines{"R1 first rules/a.yaml"}));
}

BOOST_AUTO_TEST_CASE(first_claim_in_path_order_is_live_and_the_finding_names_both_places) {
    BOOST_TEST((update({{"b.yaml", text(rule_text("R1", "second"))}}) == lines{"+R1"}));
    BOOST_TEST((update({{"a.yaml", text(rule_text("R1", "first"))}}) == lines{"+R1"}));
    BOOST_TEST((live() == lines{"R1 first rules/a.yaml"}));
    BOOST_TEST((quarantine() == lines{"R1 rules/b.yaml"}));
    BOOST_REQUIRE(findings.size() == 1u);
    BOOST_TEST(findings[0].path == "rules/b.yaml");
    BOOST_TEST(findings[0].message.find("rules/a.yaml") != std::string::npos);
    BOOST_TEST((update({{"a.yaml", absent}}) == lines{"+R1"}));
    BOOST_TEST((live() == lines{"R1 second rules/b.yaml"}));
    BOOST_TEST(quarantine().empty());
}

BOOST_AUTO_TEST_CASE(name_with_a_dash_or_a_dot_yields_to_every_other) {
    for (auto const* const late : {"a-1.yaml", "a.b.yaml", "0/a-1.yml"}) {
        rule_corpus fresh("rules", {});
        fresh.update({{late, text(rule_text("R1", "late"))}});
        BOOST_TEST(fresh.live().at(0)->path == std::string("rules/") + late);
        auto const outcome = fresh.update({{"z-9/b.yaml", text(rule_text("R1", "first"))}});
        BOOST_TEST(outcome.edits.size() == 1u);
        BOOST_TEST(fresh.live().at(0)->path == "rules/z-9/b.yaml");
        BOOST_REQUIRE(outcome.findings.size() == 1u);
        BOOST_TEST((outcome.findings[0].level == severity::warning));
        BOOST_TEST(outcome.findings[0].code == "shadowed-rule");
        BOOST_TEST(outcome.findings[0].path == std::string("rules/") + late);
        BOOST_TEST(outcome.findings[0].message.find("rules/z-9/b.yaml:1") != std::string::npos);
        BOOST_TEST(fresh.quarantine().size() == 1u);
        fresh.update({{"z-9/b.yaml", absent}});
        BOOST_TEST(fresh.live().at(0)->path == std::string("rules/") + late);
        BOOST_TEST(fresh.quarantine().empty());
    }
}

BOOST_AUTO_TEST_CASE(two_names_with_a_dash_are_rivals_in_path_order) {
    update({{"b-1.yaml", text(rule_text("R1", "second"))}, {"a-1.yaml", text(rule_text("R1", "first"))}});
    BOOST_TEST((live() == lines{"R1 first rules/a-1.yaml"}));
    BOOST_REQUIRE(findings.size() == 1u);
    BOOST_TEST(findings[0].code == "duplicate-rule");
    BOOST_TEST((findings[0].level == severity::error));
}

BOOST_AUTO_TEST_CASE(order_of_arrival_does_not_decide_between_claims) {
    rule_corpus other("rules", {});
    rule_files const a{{"a.yaml", text(rule_text("R1", "first"))}};
    rule_files const b{{"b.yaml", text(rule_text("R1", "second"))}};
    corpus.update(a);
    corpus.update(b);
    other.update(b);
    other.update(a);
    BOOST_TEST(corpus.live()[0]->text == other.live()[0]->text);
}

BOOST_AUTO_TEST_CASE(bad_first_claim_does_not_keep_a_good_second_one_down) {
    BOOST_TEST(
        (update({{"a.yaml", text(bad_rule_text("R1"))}, {"b.yaml", text(rule_text("R1", "second"))}}) == lines{"+R1"}));
    BOOST_TEST((live() == lines{"R1 second rules/b.yaml"}));
}

BOOST_AUTO_TEST_CASE(edit_that_turns_bad_does_not_switch_to_the_rival) {
    update({{"a.yaml", text(rule_text("R1", "first"))}, {"b.yaml", text(rule_text("R1", "second"))}});
    BOOST_TEST(update({{"a.yaml", text(bad_rule_text("R1"))}}).empty());
    BOOST_TEST((live() == lines{"R1 first rules/a.yaml"}));
}

BOOST_AUTO_TEST_CASE(finding_is_reported_once_until_it_comes_back) {
    update({{"a.yaml", text(bad_rule_text("R1"))}});
    BOOST_TEST(!findings.empty());
    update({{"a.yaml", text("# a comment\n" + bad_rule_text("R1"))}});
    BOOST_TEST(findings.empty());
    update({{"a.yaml", text(rule_text("R1"))}});
    update({{"a.yaml", text(bad_rule_text("R1"))}});
    BOOST_TEST(!findings.empty());
}

BOOST_AUTO_TEST_CASE(rule_that_fails_the_gate_is_quarantined_and_its_last_known_good_stays) {
    auto const gate = [](std::shared_ptr<rule_definition const> const& rule) {
        std::vector<diagnostic> found(1);
        found[0].code = "failed-test";
        found[0].level = rule->text.find("evil") == std::string::npos ? severity::warning : severity::error;
        return found;
    };
    corpus = rule_corpus("rules", gate);
    BOOST_TEST((update({{"a.yaml", text(rule_text("R1"))}}) == lines{"+R1"}));
    BOOST_TEST(findings.size() == 1u);
    BOOST_TEST(update({{"a.yaml", text(rule_text("R1", "evil"))}}).empty());
    BOOST_TEST((live() == lines{"R1 wget rules/a.yaml"}));
    BOOST_TEST((quarantine() == lines{"R1 rules/a.yaml *"}));
    BOOST_TEST(corpus.quarantine()[0].diagnostics.back().path == "rules/a.yaml");
}

rule_files numbered_files(int first, int end, rule_file (*of)(int)) {
    rule_files files;
    for (int number = first; number != end; ++number)
        files["r" + std::to_string(number) + ".yaml"] = of(number);
    return files;
}
rule_file numbered_text(int number) {
    return text(rule_text("R" + std::to_string(number)));
}
rule_file no_text(int) {
    return absent;
}

BOOST_AUTO_TEST_CASE(directory_that_is_suddenly_empty_deletes_no_rule) {
    update({{"a.yaml", text(rule_text("R1"))}, {"b.yaml", text(rule_text("R2"))}});
    BOOST_TEST(corpus.update({{"a.yaml", absent}, {"b.yaml", absent}}, 0).edits.empty());
    BOOST_TEST((corpus.withheld() == lines{"R1", "R2"}));
    BOOST_TEST(corpus.live().size() == 2u);
    // One is back, so the other one was deleted.
    auto const edits = corpus.update({{"a.yaml", text(rule_text("R1"))}}, 0).edits;
    BOOST_REQUIRE(edits.size() == 1u);
    BOOST_TEST(edits[0].rule_id == "R2");
    BOOST_TEST(corpus.withheld().empty());
}

BOOST_AUTO_TEST_CASE(over_ten_and_over_a_third_of_the_rules_are_not_deleted_at_once) {
    update(numbered_files(0, 30, numbered_text));
    BOOST_TEST(corpus.update(numbered_files(0, 11, no_text), 0).edits.empty());
    BOOST_TEST(corpus.withheld().size() == 11u);
    BOOST_TEST(corpus.update({{"r0.yaml", numbered_text(0)}}, 0).edits.size() == 10u); // ten are always allowed
    BOOST_TEST(corpus.withheld().empty());
}

BOOST_AUTO_TEST_CASE(a_third_of_many_rules_may_be_deleted) {
    update(numbered_files(0, 60, numbered_text));
    BOOST_TEST(corpus.update(numbered_files(0, 20, no_text), 0).edits.size() == 20u);
    BOOST_TEST(corpus.update(numbered_files(20, 21, no_text), 20).edits.empty()); // more together with the recent ones
    BOOST_TEST((corpus.withheld() == lines{"R20"}));
    BOOST_TEST(corpus.update(rule_files(), 0).edits.size() == 1u); // those were long ago
}

BOOST_AUTO_TEST_CASE(rules_that_others_take_the_place_of_may_be_deleted) {
    update({{"a.yaml", text(rule_text("R1"))}});
    BOOST_TEST(corpus.update({{"a.yaml", text(rule_text("R2"))}}, 0).edits.size() == 2u);
    BOOST_TEST(corpus.withheld().empty());
}

BOOST_AUTO_TEST_CASE(permitted_deletions_are_done) {
    update(numbered_files(0, 30, numbered_text));
    BOOST_TEST(corpus.update(numbered_files(0, 30, no_text), 0).edits.empty());
    BOOST_TEST(corpus.update(rule_files()).edits.size() == 30u);
    BOOST_TEST(corpus.live().empty());
}

BOOST_AUTO_TEST_SUITE_END()
