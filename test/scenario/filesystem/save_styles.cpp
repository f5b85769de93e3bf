// Every way in which people and programs save, move and delete rule files.
#include "scenario/filesystem/live_store.hpp"

#include <fcntl.h>
#include <unistd.h>

using namespace rulehost;
using test::bad_rule_text;
using test::rule_text;

namespace {

struct fixture : test::live_store {
    fixture() {
        write("R1.yaml", rule_text("R1", "one"));
        write("R2.yaml", rule_text("R2", "two"));
        follow();
    }
};

using lines = test::live_store::lines;

void write_to(int descriptor, std::string_view text) {
    BOOST_REQUIRE(::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(save_styles, fixture)

BOOST_AUTO_TEST_CASE(start_emits_nothing) {
    BOOST_TEST(changes().empty());
}

BOOST_AUTO_TEST_CASE(in_place_write_is_one_change) {
    write("R1.yaml", rule_text("R1", "edited"));
    BOOST_TEST((changes() == lines{"+R1=edited"}));
}

BOOST_AUTO_TEST_CASE(append_is_one_change) {
    std::ofstream(root / "rules/R1.yaml", std::ios::app) << "# a remark\n";
    BOOST_TEST((changes() == lines{"+R1=one"}));
}

BOOST_AUTO_TEST_CASE(atomic_rename_is_one_change) {
    replace("R1.yaml", rule_text("R1", "edited"));
    BOOST_TEST((changes() == lines{"+R1=edited"}));
}

BOOST_AUTO_TEST_CASE(touched_and_then_written_file_is_one_change) {
    write("R3.yaml", "");
    BOOST_TEST(changes().empty());
    BOOST_TEST((quarantined() == lines{"R3.yaml"}));
    write("R3.yaml", rule_text("R3", "three"));
    BOOST_TEST((changes() == lines{"+R3=three"}));
    BOOST_TEST(quarantined().empty());
}

BOOST_AUTO_TEST_CASE(touching_an_unchanged_file_is_no_change) {
    std::filesystem::last_write_time(root / "rules/R1.yaml", std::filesystem::file_time_type::clock::now());
    write("R1.yaml", rule_text("R1", "one"));
    BOOST_TEST(changes().empty());
}

BOOST_AUTO_TEST_CASE(delete_is_one_change) {
    root.remove("rules/R1.yaml");
    BOOST_TEST((changes() == lines{"-R1"}));
}

BOOST_AUTO_TEST_CASE(move_away_and_back_in_is_a_deletion_and_a_definition) {
    root.rename("rules/R1.yaml", "R1.yaml");
    BOOST_TEST((changes() == lines{"-R1"}));
    root.rename("R1.yaml", "rules/R1.yaml");
    BOOST_TEST((changes() == lines{"+R1=one"}));
}

BOOST_AUTO_TEST_CASE(move_to_a_name_that_holds_no_rules_is_a_deletion) {
    root.rename("rules/R1.yaml", "rules/R1.yaml.off");
    BOOST_TEST((changes() == lines{"-R1"}));
}

BOOST_AUTO_TEST_CASE(rename_within_the_directory_is_no_change) {
    root.rename("rules/R1.yaml", "rules/renamed.yaml");
    BOOST_TEST(changes().empty());
    BOOST_TEST(load().rules.size() == 3u);
}

BOOST_AUTO_TEST_CASE(hard_link_and_symbolic_link_count_when_they_appear) {
    root.write("aside/R3.yaml", rule_text("R3", "three"));
    std::filesystem::create_hard_link(root / "aside/R3.yaml", root / "rules/R3.yaml");
    BOOST_TEST((changes() == lines{"+R3=three"}));
    root.remove("rules/R1.yaml");
    root.link("R2.yaml", "rules/R4.yaml");
    BOOST_TEST((changes() == lines{"-R1"}));
    BOOST_TEST((quarantined() == lines{"R4.yaml"})); // R2 twice
}

BOOST_AUTO_TEST_CASE(vim_with_its_probe_its_backup_and_its_swap_file_is_one_change) {
    write(".R1.yaml.swp", "b0VIM");
    write("4913", "");
    root.remove("rules/4913");
    root.rename("rules/R1.yaml", "rules/R1.yaml~");
    write("R1.yaml", rule_text("R1", "edited"));
    root.remove("rules/R1.yaml~");
    root.remove("rules/.R1.yaml.swp");
    BOOST_TEST((changes() == lines{"+R1=edited"}));
    BOOST_TEST(findings.empty());
}

BOOST_AUTO_TEST_CASE(names_that_hold_no_rules_are_never_opened) {
    for (auto const* name : {".x.yaml.swp", "x.yaml~", "4913", "x.yaml.tmp", "notes.txt", "x y.yaml"})
        write(name, "\xff not a rule");
    BOOST_TEST(changes().empty());
    BOOST_TEST(findings.empty());
    BOOST_TEST(quarantined().empty());
}

BOOST_AUTO_TEST_CASE(half_written_file_counts_when_its_writer_closes_it) {
    auto const text = rule_text("R1", "edited");
    int const writer = ::open((root / "rules/R1.yaml").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    BOOST_REQUIRE(writer >= 0);
    write_to(writer, std::string_view(text).substr(0, 40));
    BOOST_TEST(changes().empty());
    BOOST_TEST(findings.empty());
    write_to(writer, std::string_view(text).substr(40));
    ::close(writer);
    BOOST_TEST((changes() == lines{"+R1=edited"}));
    BOOST_TEST(findings.empty());
}

BOOST_AUTO_TEST_CASE(half_written_new_file_counts_when_its_writer_closes_it) {
    auto const text = rule_text("R3", "three");
    int const writer = ::open((root / "rules/R3.yaml").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    BOOST_REQUIRE(writer >= 0);
    write_to(writer, std::string_view(text).substr(0, 40));
    BOOST_TEST(changes().empty());
    BOOST_TEST(findings.empty());
    write_to(writer, std::string_view(text).substr(40));
    ::close(writer);
    BOOST_TEST((changes() == lines{"+R3=three"}));
}

BOOST_AUTO_TEST_CASE(file_left_half_written_is_quarantined_and_the_last_known_good_stays) {
    write("R1.yaml", rule_text("R1", "edited").substr(0, 100));
    BOOST_TEST(changes().empty());
    BOOST_TEST(!findings.empty());
    BOOST_TEST((quarantined() == lines{"R1.yaml *"}));
    write("R1.yaml", rule_text("R1", "edited"));
    BOOST_TEST((changes() == lines{"+R1=edited"}));
    BOOST_TEST(quarantined().empty());
}

BOOST_AUTO_TEST_CASE(emptied_file_is_quarantined_and_its_rule_stays) {
    write("R1.yaml", "");
    BOOST_TEST(changes().empty());
    BOOST_TEST((quarantined() == lines{"R1.yaml *"}));
    root.remove("rules/R1.yaml");
    BOOST_TEST((changes() == lines{"-R1"}));
}

BOOST_AUTO_TEST_CASE(unreadable_file_is_quarantined_and_its_rule_stays) {
    // A dangling link is unreadable even for the superuser.
    root.link("nowhere", "link");
    root.rename("link", "rules/R1.yaml");
    BOOST_TEST(changes().empty());
    BOOST_TEST((quarantined() == lines{"R1.yaml *"}));
    BOOST_REQUIRE(findings.size() == 1u);
    BOOST_TEST(findings[0].code == "unreadable");
    replace("R1.yaml", rule_text("R1", "edited"));
    BOOST_TEST((changes() == lines{"+R1=edited"}));
}

BOOST_AUTO_TEST_CASE(changed_id_is_a_deletion_and_a_definition) {
    write("R1.yaml", rule_text("R9", "one"));
    BOOST_TEST((changes() == lines{"-R1", "+R9=one"}));
}

BOOST_AUTO_TEST_CASE(second_claim_to_an_id_is_quarantined_and_takes_over_when_the_first_goes) {
    write("S1.yaml", rule_text("R1", "rival"));
    BOOST_TEST(changes().empty());
    BOOST_TEST((quarantined() == lines{"S1.yaml"}));
    BOOST_REQUIRE(findings.size() == 1u);
    BOOST_TEST(findings[0].message.find("R1.yaml") != std::string::npos);
    BOOST_TEST(findings[0].path.ends_with("S1.yaml"));
    root.remove("rules/R1.yaml");
    BOOST_TEST((changes() == lines{"+R1=rival"}));
}

BOOST_AUTO_TEST_CASE(rapid_edits_end_with_the_last_one) {
    for (int version = 0; version != 200; ++version)
        replace("R1.yaml", rule_text("R1", "v" + std::to_string(version)));
    auto const arrived = changes();
    BOOST_REQUIRE(!arrived.empty());
    BOOST_TEST(arrived.back() == "+R1=v199");
}

BOOST_AUTO_TEST_SUITE_END()
