// Directories that come, go and are swapped under a running store, and hints that are lost.
#include "scenario/filesystem/live_store.hpp"

#include <algorithm>
#include <fstream>

using namespace rulehost;
using test::rule_text;
using lines = test::live_store::lines;

BOOST_FIXTURE_TEST_SUITE(directories, test::live_store)

BOOST_AUTO_TEST_CASE(file_in_a_new_subdirectory_is_found_however_soon_it_was_written) {
    follow();
    root.write("rules/a/b/c/R1.yaml", rule_text("R1", "one"));
    BOOST_TEST((changes() == lines{"+R1=one"}));
    root.write("rules/a/b/c/R1.yaml", rule_text("R1", "edited"));
    root.write("rules/a/b/R2.yaml", rule_text("R2", "two"));
    BOOST_TEST((changes() == lines{"+R1=edited", "+R2=two"}));
}

BOOST_AUTO_TEST_CASE(subdirectory_moves_in_about_and_out) {
    root.write("aside/R1.yaml", rule_text("R1", "one"));
    follow();
    root.rename("aside", "rules/in");
    BOOST_TEST((changes() == lines{"+R1=one"}));
    root.rename("rules/in", "rules/there");
    BOOST_TEST(changes().empty());
    root.write("rules/there/R1.yaml", rule_text("R1", "edited"));
    BOOST_TEST((changes() == lines{"+R1=edited"}));
    root.rename("rules/there", "out");
    BOOST_TEST((changes() == lines{"-R1"}));
    root.write("out/R1.yaml", rule_text("R1", "unseen"));
    BOOST_TEST(changes().empty());
}

BOOST_AUTO_TEST_CASE(deleted_subdirectory_takes_its_rules_with_it) {
    root.write("rules/sub/R1.yaml", rule_text("R1"));
    root.write("rules/sub/R2.yaml", rule_text("R2"));
    follow();
    root.remove("rules/sub");
    BOOST_TEST((changes() == lines{"-R1", "-R2"}));
}

BOOST_AUTO_TEST_CASE(swapped_directory_gives_exactly_what_differs) {
    for (auto const* place : {"rules", "next"}) {
        root.write(std::string(place) + "/same.yaml", rule_text("R1", "same"));
        root.write(std::string(place) + "/edited.yaml", rule_text("R2", place));
    }
    root.write("rules/old.yaml", rule_text("R3", "old"));
    root.write("next/new.yaml", rule_text("R4", "new"));
    follow();
    root.rename("rules", "previous");
    root.rename("next", "rules");
    BOOST_TEST((changes() == lines{"+R2=next", "-R3", "+R4=new"}));
    write("edited.yaml", rule_text("R2", "again"));
    root.write("previous/same.yaml", rule_text("R1", "unseen"));
    BOOST_TEST((changes() == lines{"+R2=again"}));
}

BOOST_AUTO_TEST_CASE(checkout_of_another_branch_gives_exactly_what_differs) {
    for (int number = 0; number != 50; ++number)
        write("R" + std::to_string(number) + ".yaml", rule_text("R" + std::to_string(number), "main"));
    follow();
    // As git does: unlinks and recreates files that differ.
    for (int number = 0; number != 5; ++number) {
        auto const name = "R" + std::to_string(number);
        root.remove("rules/" + name + ".yaml");
        write(name + ".yaml", rule_text(name, "branch"));
    }
    root.remove("rules/R49.yaml");
    root.write("rules/more/R50.yaml", rule_text("R50", "branch"));
    auto arrived = changes();
    std::ranges::sort(arrived);
    BOOST_TEST((arrived ==
                lines{"+R0=branch", "+R1=branch", "+R2=branch", "+R3=branch", "+R4=branch", "+R50=branch", "-R49"}));
}

BOOST_AUTO_TEST_CASE(config_map_that_swaps_its_data_gives_exactly_what_differs) {
    root.write("rules/..first/R1.yaml", rule_text("R1", "same"));
    root.write("rules/..first/R2.yaml", rule_text("R2", "first"));
    root.link("..first", "rules/..data");
    root.link("..data/R1.yaml", "rules/R1.yaml");
    root.link("..data/R2.yaml", "rules/R2.yaml");
    follow();
    BOOST_TEST(load().rules.size() == 2u);

    root.write("rules/..second/R1.yaml", rule_text("R1", "same"));
    root.write("rules/..second/R2.yaml", rule_text("R2", "second"));
    root.write("rules/..second/R3.yaml", rule_text("R3", "second"));
    root.link("..second", "rules/..data_tmp");
    root.rename("rules/..data_tmp", "rules/..data");
    root.link("..data/R3.yaml", "rules/R3.yaml");
    root.remove("rules/..first");
    BOOST_TEST((changes() == lines{"+R2=second", "+R3=second"}));
}

BOOST_AUTO_TEST_CASE(directory_behind_a_link_that_is_swapped_gives_exactly_what_differs) {
    for (auto const* release : {"releases/1", "releases/2"}) {
        root.write(std::string(release) + "/R1.yaml", rule_text("R1", "same"));
        root.write(std::string(release) + "/R2.yaml", rule_text("R2", release));
    }
    root.link("releases/1", "current");
    follow("current");
    root.link("releases/2", "current.new");
    root.rename("current.new", "current");
    BOOST_TEST((changes() == lines{"+R2=releases/2"}));
    root.write("releases/2/R1.yaml", rule_text("R1", "edited"));
    BOOST_TEST((changes() == lines{"+R1=edited"}));
}

BOOST_AUTO_TEST_CASE(linked_subdirectory_that_is_swapped_gives_exactly_what_differs) {
    root.write("rules/.one/R1.yaml", rule_text("R1", "one"));
    root.write("rules/.two/R1.yaml", rule_text("R1", "two"));
    root.link(".one", "rules/set");
    follow();
    root.link(".two", "rules/set_new");
    root.rename("rules/set_new", "rules/set");
    BOOST_TEST((changes() == lines{"+R1=two"}));
}

BOOST_AUTO_TEST_CASE(directory_that_is_missing_for_a_while_takes_nothing_down) {
    write("R1.yaml", rule_text("R1", "one"));
    write("R2.yaml", rule_text("R2", "two"));
    follow();
    root.remove("rules");
    run_until(
        [&] { return std::ranges::any_of(findings, [](auto const& each) { return each.code == "unreadable"; }); });
    BOOST_TEST(load().rules.size() == 2u);
    BOOST_TEST(seen.empty());
    write("R1.yaml", rule_text("R1", "back"));
    BOOST_TEST((changes() == lines{"+R1=back", "-R2"}));
    BOOST_TEST(quarantined().empty());
}

BOOST_AUTO_TEST_CASE(lost_hints_are_made_good_by_a_look_at_everything) {
    write("R1.yaml", rule_text("R1", "one"));
    root.write("rules/sub/R2.yaml", rule_text("R2", "two"));
    follow();
    std::size_t limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    BOOST_REQUIRE(limit > 0u);
    write("ballast", "");
    for (std::size_t events = 0; events <= limit; events += 2) { // a rename is two of them
        root.rename("rules/ballast", "rules/ballast_");
        root.rename("rules/ballast_", "rules/ballast");
    }
    // The kernel's queue is full: it reports none of these.
    write("R1.yaml", rule_text("R1", "edited"));
    root.remove("rules/sub/R2.yaml");
    root.write("rules/new/R3.yaml", rule_text("R3", "three"));
    BOOST_TEST((changes() == lines{"+R1=edited", "-R2", "+R3=three"}));
    root.write("rules/new/R3.yaml", rule_text("R3", "again"));
    BOOST_TEST((changes() == lines{"+R3=again"}));
}

BOOST_AUTO_TEST_CASE(one_edit_among_thousands_of_rules_is_one_change) {
    for (int number = 0; number != 3000; ++number) {
        auto const name = "R" + std::to_string(number);
        root.write("rules/" + std::to_string(number % 30) + "/" + name + ".yaml", rule_text(name, "old"));
    }
    follow();
    BOOST_TEST(load().rules.size() == 3000u);
    root.write("rules/7/R7.yaml", rule_text("R7", "new"));
    BOOST_TEST((changes() == lines{"+R7=new"}));
}

BOOST_AUTO_TEST_CASE(edit_of_thousands_of_rules_is_one_change_each) {
    auto const write_all = [&](std::string const& pattern) {
        for (int number = 0; number != 3000; ++number) {
            auto const name = "R" + std::to_string(number);
            write(name + ".yaml", rule_text(name, pattern));
        }
    };
    write_all("old");
    follow();
    write_all("new");
    auto arrived = changes();
    BOOST_TEST(arrived.size() == 3000u);
    std::ranges::sort(arrived);
    BOOST_TEST((std::ranges::adjacent_find(arrived) == arrived.end()));
    BOOST_TEST(std::ranges::all_of(arrived, [](auto const& line) { return line.ends_with("=new"); }));
}

BOOST_AUTO_TEST_SUITE_END()
