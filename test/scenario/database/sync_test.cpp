#include "mastering.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(sync_from_a_directory)

BOOST_DATA_TEST_CASE(initial_corpus_edits_and_deletions_reach_a_worker_once, data::make(every_kind), kind) {
    mastered_directory with(kind);
    with.file("R1", "a");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    node worker(with, with.database.url());
    worker.start();
    auto changes = worker.store().subscribe_changes();
    one.start();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"1 R1 defined", "2 R2 defined"}), boost::test_tools::per_element());
    with.file("R1", "edited");
    with.directory.remove("R2.yaml");
    with.file("R3", "c");
    one.notice();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"3 R1 defined", "4 R3 defined", "5 R2 deleted"}),
               boost::test_tools::per_element());
    BOOST_TEST(one.log.size() == 1u);
    one.notice();
    with.time.advance(60s);
    BOOST_TEST(worker.read(changes).empty());
}

BOOST_DATA_TEST_CASE(lists_reach_a_worker_before_the_rules_that_name_them, data::make(every_kind), kind) {
    mastered_directory with(kind);
    with.list("[wget]");
    with.file_with_list("R1");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    node worker(with, with.database.url());
    worker.start();
    auto changes = worker.store().subscribe_changes();
    one.start();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"1 $tools read by", "2 R1 defined", "3 R2 defined"}),
               boost::test_tools::per_element());
    BOOST_TEST(with.lists(worker) == "tools=[\"wget\"] ");
    with.list("[wget, curl]");
    one.notice();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"4 $tools read by R1"}), boost::test_tools::per_element());
    auto const there = with.run(one.files->load_compiled());
    BOOST_TEST(worker.load().rules.at(0)->definition().lists_hash == there.rules.at(0)->definition().lists_hash);
    auto const history = with.run(worker.store().history("tools", 0, 10));
    BOOST_REQUIRE_EQUAL(history.size(), 2u);
    BOOST_TEST(history[1].kind == "list");
    BOOST_TEST(history[1].changed_by == "sync");
}

BOOST_AUTO_TEST_CASE(list_without_a_text_is_deleted_behind_the_rules_that_named_it) {
    mastered_directory with;
    with.list("[wget]");
    with.file_with_list("R1");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    node worker(with, with.database.url());
    worker.start();
    one.start();
    with.time.advance(2s);
    auto changes = worker.store().subscribe_changes();
    with.directory.remove("R1.yaml");
    with.directory.remove("lists.yaml");
    one.notice();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"4 R1 deleted", "5 $tools read by"}), boost::test_tools::per_element());
    BOOST_TEST(with.lists(worker).empty());
    BOOST_TEST(worker.load().quarantine.empty());
}

BOOST_AUTO_TEST_CASE(lists_stay_where_the_deletion_of_rules_is_withheld) {
    mastered_directory with;
    with.store_a_rule_with_its_list();
    with.directory.remove("R1.yaml");
    with.directory.remove("lists.yaml");
    master next(with, with.database.url(), with.directory.path(), "two");
    auto const result = next.pass();
    BOOST_TEST(result.withheld == 2u);
    BOOST_TEST(with.rows(next.target) == "R1 ");
    BOOST_TEST(with.lists(next.target) == "tools=[\"wget\"] ");
}

BOOST_AUTO_TEST_CASE(bad_text_of_lists_deletes_none) {
    mastered_directory with;
    with.store_a_rule_with_its_list();
    with.list("5");
    master next(with, with.database.url(), with.directory.path(), "two"); // it has no former list
    next.pass();
    BOOST_TEST(with.rows(next.target) == "R1 ");
    BOOST_TEST(with.lists(next.target) == "tools=[\"wget\"] ");
}

BOOST_AUTO_TEST_CASE(worker_starts_without_its_database_with_the_lists_that_it_knew) {
    mastered_directory with;
    with.store_a_rule_with_its_list();
    auto const remembers = [&](database_store_options& options) {
        options.snapshot_file = with.directory.path() / "snapshot.json";
    };
    std::string hash;
    {
        node worker(with, with.database.url(), remembers);
        worker.start();
        with.time.advance(60s);
        hash = worker.load().rules.at(0)->definition().lists_hash;
    }
    node worker(with, "postgresql://nobody@127.0.0.1:1/none", remembers);
    auto const snapshot = worker.load();
    BOOST_REQUIRE_EQUAL(snapshot.rules.size(), 1u);
    BOOST_TEST(snapshot.rules[0]->definition().lists_hash == hash);
    BOOST_TEST(snapshot.lists->contains("tools"));
}

BOOST_AUTO_TEST_CASE(changes_while_no_master_ran_are_caught_up) {
    mastered_directory with;
    with.file("R1", "a");
    with.file("R2", "b");
    with.file("R3", "c");
    {
        master first(with, with.database.url(), with.directory.path(), "one");
        BOOST_TEST(first.pass().written == 3u);
        BOOST_TEST(first.pass().unchanged == 3u);
    }
    with.directory.remove("R1.yaml");
    with.file("R2", "edited");
    master next(with, with.database.url(), with.directory.path(), "two");
    auto const result = next.pass();
    BOOST_TEST(result.written == 1u);
    BOOST_TEST(result.deleted == 1u);
    BOOST_TEST(result.unchanged == 1u);
    BOOST_TEST(with.rows(next.target) == "R2 R3 ");
    BOOST_TEST(with.run(next.target.store().history("", 0, 100)).size() == 5u);
}

// The first master dies in the middle; the expiry of its lease does not matter.

BOOST_DATA_TEST_CASE(a_rule_that_the_database_refuses_delays_no_other, data::make(every_kind), kind) {
    mastered_directory with(kind);
    master one(with, with.database.url(), with.directory.path(), "one");
    BOOST_TEST(with.rows(one.target).empty()); // the tables are there
    row_refusal const refused(with.database, "R2");
    for (auto const* const rule_id : {"R1", "R2", "R3"})
        with.file(rule_id, "a");
    one.notice();
    one.start();
    BOOST_TEST(with.rows(one.target) == "R1 R3 ");
    BOOST_TEST(one.sync->refused() == 1u);
    BOOST_REQUIRE(one.log.size() == 2u);
    BOOST_TEST(one.log[0].find("R2.yaml: rule R2 stays in the store as it was: ") != std::string::npos, one.log[0]);
    BOOST_TEST(one.log[0].find("not this one") != std::string::npos, one.log[0]);
    BOOST_TEST(one.log[1] ==
               "sync: master: 2 written, 0 deleted, 0 unchanged, 0 quarantined, 1 refused by the database");
    BOOST_TEST((one.target.load().extent == rule_extent::whole)); // it blocks no worker

    with.file("R2", "b");
    with.file("R4", "a");
    one.notice();
    BOOST_TEST(with.rows(one.target) == "R1 R3 R4 ");
    BOOST_TEST(one.log.size() == 2u); // with the same reason
    refused.end();
    with.time.advance(9min);
    BOOST_TEST(with.rows(one.target) == "R1 R3 R4 ");
    with.time.advance(2min);
    BOOST_TEST(with.rows(one.target) == "R1 R2 R3 R4 ");
    BOOST_TEST(one.sync->refused() == 0u);
}

BOOST_DATA_TEST_CASE(a_deletion_that_the_database_refuses_delays_no_other, data::make(every_kind), kind) {
    mastered_directory with(kind);
    for (auto const* const rule_id : {"R1", "R2", "R3"})
        with.file(rule_id, "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    one.pass();
    row_refusal const refused(with.database, "R2");
    with.directory.remove("R2.yaml");
    with.directory.remove("R3.yaml");
    auto const result = one.pass();
    BOOST_TEST(result.deleted == 1u);
    BOOST_TEST(result.refused == 1u);
    BOOST_TEST(with.rows(one.target) == "R1 R2 ");
    refused.end();
    BOOST_TEST(one.pass().deleted == 1u);
    BOOST_TEST(one.sync->refused() == 0u);
}

BOOST_AUTO_TEST_CASE(of_many_rules_that_are_refused_ten_are_reported) {
    mastered_directory with;
    master one(with, with.database.url(), with.directory.path(), "one");
    BOOST_TEST(with.rows(one.target).empty());
    with.database.client().execute(
        "CREATE TRIGGER none BEFORE INSERT ON ttp_rule BEGIN SELECT RAISE(ABORT, 'none'); END");
    for (int i = 0; i < 25; ++i)
        with.file("R" + std::to_string(i), "a");
    one.notice();
    BOOST_TEST(one.pass().refused == 25u);
    BOOST_TEST(one.log.size() == 10u);
    BOOST_TEST(one.pass().refused == 25u);
    BOOST_TEST(one.log.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_bad_file_leaves_the_good_row_alone) {
    mastered_directory with;
    with.file("R1", "a");
    with.file("R2", "b");
    {
        master first(with, with.database.url(), with.directory.path(), "one");
        first.pass();
    }
    // One names its rule and one does not: neither may delete a row, even after a restart.
    with.directory.write("R1.yaml", bad_rule_text("R1"));
    with.directory.write("R2.yaml", "");
    master next(with, with.database.url(), with.directory.path(), "two");
    auto const result = next.pass();
    BOOST_TEST(result.deleted == 0u);
    BOOST_TEST(result.written == 0u);
    BOOST_TEST(result.skipped_invalid == 2u);
    BOOST_TEST(with.rows(next.target) == "R1 R2 ");
}

BOOST_AUTO_TEST_CASE(a_bad_file_that_is_removed_takes_its_row_along) {
    mastered_directory with;
    with.file("R1", "a");
    with.file("R2", "a");
    {
        master first(with, with.database.url(), with.directory.path(), "one");
        first.pass();
    }
    with.directory.write("R1.yaml", bad_rule_text("R1"));
    master next(with, with.database.url(), with.directory.path(), "two");
    next.start();
    BOOST_TEST(with.rows(next.target) == "R1 R2 ");
    with.directory.remove("R1.yaml");
    next.notice();
    with.time.advance(10s);
    BOOST_TEST(with.rows(next.target) == "R2 ");
}

BOOST_AUTO_TEST_CASE(rows_of_others_are_never_deleted) {
    mastered_directory with;
    node operator_(with, with.database.url());
    operator_.write("R9", "by hand");
    with.file("R1", "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    BOOST_TEST(one.pass().deleted == 0u);
    BOOST_TEST(with.rows(one.target) == "R1 R9 ");
    // A file of the same rule wins, and from then on the row belongs to the projection.
    with.file("R9", "from a file");
    one.notice();
    BOOST_TEST(one.pass().written == 1u);
    with.directory.remove("R9.yaml");
    one.notice();
    BOOST_TEST(one.pass().deleted == 1u);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_edited_by_hand_is_restored_from_its_file) {
    mastered_directory with;
    with.file("R1", "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    one.pass();
    with.database.client().execute("UPDATE ttp_rule SET yaml_content = 'garbage'");
    BOOST_TEST(one.pass().written == 1u);
    BOOST_TEST(with.run(one.target.store().list_rules()).at(0).text == rule_text("R1", "a"));
}

BOOST_AUTO_TEST_SUITE_END()
