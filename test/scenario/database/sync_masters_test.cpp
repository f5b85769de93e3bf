#include "mastering.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(masters_of_a_directory)

BOOST_DATA_TEST_CASE(worker_that_starts_during_the_initial_sync_sees_a_partial_rule_set, data::make(every_kind), kind) {
    mastered_directory with(kind);
    with.file("R1", "a");
    with.file("R2", "b");
    with.file("R3", "c");
    auto const left = std::make_shared<int>(2);
    auto const mortal = [left](database_store_options& options) {
        options.faults.before = [left](std::string_view call) -> boost::asio::awaitable<void> {
            if (*left <= 0 || (call == "upsert_rule" && --*left == 0))
                throw database_error(database_error::kind::lost, "cut off");
            co_return;
        };
    };
    node known(with, with.database.url());
    BOOST_TEST((known.load().extent == rule_extent::whole));
    {
        master first(with, with.database.url(), with.directory.path(), "one", mortal);
        BOOST_CHECK_THROW(with.run(first.sync->synchronise()), store_unavailable);
    }
    with.time.advance(60s);
    node fresh(with, with.database.url());
    BOOST_TEST(with.rows(fresh) == "R1 ");
    for (auto* const each : {&known, &fresh}) {
        BOOST_TEST(each->load().rules.size() == 1u);
        BOOST_TEST((each->load().extent == rule_extent::part));
    }
    master next(with, with.database.url(), with.directory.path(), "two");
    BOOST_TEST(next.pass().written == 2u);
    for (auto* const each : {&known, &fresh}) {
        BOOST_TEST((each->load().extent == rule_extent::whole));
        BOOST_TEST(each->load().rules.size() == 3u);
    }
    // A later write is no initial sync, whether or not it succeeds.
    with.file("R4", "d");
    *left = 1;
    master third(with, with.database.url(), with.directory.path(), "three", mortal);
    BOOST_CHECK_THROW(with.run(third.sync->synchronise()), store_unavailable);
    BOOST_TEST((fresh.load().extent == rule_extent::whole));
}

BOOST_DATA_TEST_CASE(of_two_masters_one_works_and_the_other_takes_over, data::make(every_kind), kind) {
    mastered_directory with(kind);
    with.file("R1", "a");
    auto alive = std::make_shared<bool>(true);
    auto const mortal = [alive](database_store_options& options) {
        options.faults.before = [alive](std::string_view) -> boost::asio::awaitable<void> {
            if (!*alive)
                throw database_error(database_error::kind::lost, "cut off");
            co_return;
        };
    };
    master one(with, with.database.url(), with.directory.path(), "one", mortal);
    master two(with, with.database.url(), with.directory.path(), "two");
    one.start();
    two.start();
    with.time.advance(60s);
    BOOST_TEST(two.log == lines{"sync: waiting: another master is at work"}, boost::test_tools::per_element());
    with.file("R1", "b");
    two.notice();
    BOOST_TEST(with.run(two.target.store().list_rules()).at(0).text == rule_text("R1", "a"));
    *alive = false; // it cannot release its lease
    with.time.advance(14s);
    BOOST_TEST(two.log.size() == 1u);
    with.time.advance(10s);
    BOOST_TEST(two.log.size() == 2u);
    BOOST_TEST(with.run(two.target.store().list_rules()).at(0).text == rule_text("R1", "b"));
    *alive = true;
    with.time.advance(60s);
    BOOST_TEST(one.log.back() == "sync: waiting: another master is at work");
}

BOOST_DATA_TEST_CASE(late_write_of_a_master_that_lost_the_lease_is_rejected, data::make(every_kind), kind) {
    mastered_directory with(kind);
    node writer(with, with.database.url());
    auto const documents = read_rules(rule_text("R1", "old"), "R1.yaml");
    BOOST_TEST(with.run(writer.store().take_lease("sync", "one", 10s)));
    with.time.advance(10s);
    BOOST_TEST(with.run(writer.store().take_lease("sync", "two", 10s)));
    lease_claim const late("sync", "one");
    lease_claim const rightful("sync", "two");
    BOOST_CHECK_THROW(with.run(writer.store().upsert_rule(documents.at(0).definition, "R1.yaml", "sync", late)),
                      lease_lost);
    BOOST_TEST(with.rows(writer).empty());
    with.run(writer.store().upsert_rule(documents.at(0).definition, "R1.yaml", "sync", rightful));
    BOOST_CHECK_THROW(with.run(writer.store().delete_rule("R1", "sync", late)), lease_lost);
    with.time.advance(10s);
    BOOST_CHECK_THROW(with.run(writer.store().delete_rule("R1", "sync", rightful)), lease_lost);
    BOOST_TEST(with.rows(writer) == "R1 ");
}

BOOST_AUTO_TEST_CASE(a_pass_may_take_longer_than_its_lease_lasts) {
    mastered_directory with;
    for (char const name : {'1', '2', '3', '4', '5'})
        with.file(std::string("R") + name, "a");
    auto const slow = [&with](database_store_options& options) {
        options.faults.before = [&with](std::string_view call) -> boost::asio::awaitable<void> {
            if (call == "upsert_rule")
                co_await with.time.pause(5s);
        };
    };
    master one(with, with.database.url(), with.directory.path(), "one", slow);
    std::optional<sync_result> result;
    auto const pass = [&]() -> boost::asio::awaitable<void> { result = co_await one.sync->synchronise(); };
    task_group running(with.loop.get_executor());
    running.spawn("pass", pass());
    for (int i = 0; i < 10; ++i)
        with.time.advance(5s);
    with.run(running.join());
    BOOST_REQUIRE(result);
    BOOST_TEST(result->written == 5u);
}

BOOST_AUTO_TEST_CASE(a_master_that_ends_gives_way_at_once) {
    mastered_directory with;
    with.file("R1", "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    master two(with, with.database.url(), with.directory.path(), "two");
    one.start();
    BOOST_TEST(!with.run(two.sync->synchronise()));
    one.stop();
    BOOST_TEST(with.run(two.sync->synchronise()).has_value());
}

BOOST_DATA_TEST_CASE(row_of_a_bad_file_is_not_put_back_by_a_master_that_missed_its_last_good_text,
                     data::make(every_kind), kind) {
    mastered_directory with(kind);
    with.file("R1", "a");
    with.list("[wget]");
    master one(with, with.database.url(), with.directory.path(), "one");
    master two(with, with.database.url(), with.directory.path(), "two");
    two.pass(); // the only valid texts that it ever reads
    with.file("R1", "b");
    with.list("[curl]");
    one.notice();
    BOOST_TEST(one.pass().written == 1u);
    with.directory.write("R1.yaml", bad_rule_text("R1"));
    with.list("5");
    two.notice();
    BOOST_TEST(two.pass().written == 0u);
    BOOST_TEST(with.run(two.target.store().list_rules()).at(0).text == rule_text("R1", "b"));
    BOOST_TEST(with.lists(two.target) == "tools=[\"curl\"] ");
    with.file("R1", "c");
    with.list("[ftp]");
    two.notice();
    BOOST_TEST(two.pass().written == 1u);
    BOOST_TEST(with.lists(two.target) == "tools=[\"ftp\"] ");
}

BOOST_DATA_TEST_CASE(directory_that_is_suddenly_empty_deletes_no_row, data::make(every_kind), kind) {
    mastered_directory with(kind);
    with.file("R1", "a");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    one.start();
    for (auto const* const name : {"R1.yaml", "R2.yaml"}) {
        with.directory.remove(name);
        one.notice();
        with.time.advance(1min);
    }
    BOOST_TEST(with.rows(one.target) == "R2 "); // one of two may be deleted
    BOOST_TEST(one.sync->withheld() == 1u);
    BOOST_REQUIRE(one.errors.size() == 1u);
    BOOST_TEST(one.errors[0].find("the files of 1 of 1 rule are gone (R2)") != std::string::npos, one.errors[0]);
    with.time.advance(60min);
    BOOST_TEST(with.rows(one.target) == "R2 ");
    BOOST_TEST(one.errors.size() == 1u);
    with.file("R2", "b");
    with.file("R1", "a");
    one.notice();
    BOOST_TEST(with.rows(one.target) == "R1 R2 ");
    BOOST_TEST(one.sync->withheld() == 0u);
    BOOST_TEST(one.log.back() == "sync: no deletion is withheld any more");
}

BOOST_DATA_TEST_CASE(deletions_in_steps_are_withheld_also_by_the_next_master, data::make(every_kind), kind) {
    mastered_directory with(kind);
    for (int number = 10; number != 40; ++number)
        with.file("R" + std::to_string(number), "a");
    for (int number = 10; number != 40; ++number) {
        master each(with, with.database.url(), with.directory.path(), "one");
        with.directory.remove("R" + std::to_string(number) + ".yaml");
        with.time.advance(1s);
        auto const result = each.pass();
        BOOST_TEST(result.deleted == (number > 10 && number <= 20 ? 1u : 0u));
    }
    master next(with, with.database.url(), with.directory.path(), "two");
    BOOST_TEST(next.pass().withheld == 19u);
    with.time.advance(60min);
    BOOST_TEST(next.pass().withheld == 19u); // after any wait
    master allowed(with, with.database.url(), with.directory.path(), "two", {}, true);
    BOOST_TEST(allowed.pass().deleted == 19u);
    // Allowed deletions do not count against later ones.
    for (int number = 50; number != 90; ++number)
        with.file("R" + std::to_string(number), "a");
    BOOST_TEST(next.pass().written == 40u);
    with.directory.remove("R50.yaml");
    BOOST_TEST(next.pass().deleted == 1u);
}

BOOST_AUTO_TEST_CASE(a_pass_that_is_cancelled_gives_way_at_once) {
    mastered_directory with;
    with.file("R1", "a");
    auto const slow = [&with](database_store_options& options) {
        options.faults.before = [&with](std::string_view call) -> boost::asio::awaitable<void> {
            if (call == "upsert_rule")
                co_await with.time.pause(5s);
        };
    };
    master one(with, with.database.url(), with.directory.path(), "one", slow);
    master two(with, with.database.url(), with.directory.path(), "two");
    auto const pass = [&]() -> boost::asio::awaitable<void> { co_await one.sync->synchronise(); };
    task_group running(with.loop.get_executor());
    running.spawn("pass", pass());
    with.time.settle();
    BOOST_TEST(!with.run(two.sync->synchronise()));
    running.cancel();
    with.run(running.join());
    BOOST_TEST(with.run(two.sync->synchronise()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
