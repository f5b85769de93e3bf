#include "tag_writing.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(tag_outages, fixture)

BOOST_AUTO_TEST_CASE(a_long_outage_is_spooled_and_caught_up_with_in_order) {
    options.spool = directory / "spool";
    start();
    place();
    cut();
    texts names;
    for (int minute = 0; minute < 10; ++minute) {
        names.push_back("m" + std::to_string(minute));
        give(batch(names.back(), 50, std::to_string(minute)));
        BOOST_TEST(acknowledged.size() == names.size()); // durable though the database is away
        time.advance(1min);
    }
    BOOST_TEST(writer->counts().spooled_bytes > 0u);
    BOOST_TEST(writer->counts().waiting == 0u);
    BOOST_TEST(printed.ids.empty());
    BOOST_TEST(log.size() == 1u);
    mend();
    time.advance(10s);
    BOOST_TEST(stored_tags() == 500u);
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
    BOOST_REQUIRE(printed.ids.size() == 500u);
    BOOST_TEST(printed.ids.front() == "m0_0");
    BOOST_TEST(printed.ids.back() == "m9_49");
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST(acknowledged == names, boost::test_tools::per_element());
    give(batch("after", 1, "after"));
    BOOST_TEST(stored_tags() == 501u);
    BOOST_TEST(place() == "after");
}

BOOST_AUTO_TEST_CASE(a_database_that_comes_back_is_noticed_regardless_of_the_clock) {
    options.spool = directory / "spool";
    start();
    place();
    cut();
    give(batch("a", 5, "1"));
    BOOST_TEST(stored_tags() == 0u);
    clock.error = -1h;
    mend();
    time.advance(10s);
    BOOST_TEST(stored_tags() == 5u);
}

BOOST_AUTO_TEST_CASE(a_restart_stores_the_spool_first_and_has_the_positions_of_inputs) {
    options.spool = directory / "spool";
    start();
    place();
    give(batch("a", 2, "1"));
    cut();
    give(batch("b", 2, "2"));
    stop();
    writer = std::make_unique<tag_writer>(loop.get_executor(), loop.get_executor(), clock, options);
    BOOST_TEST(place() == "2"); // while the database is still away
    running = std::make_unique<task_group>(loop.get_executor());
    running->spawn("writer", writer->run());
    give(batch("c", 2, "3"));
    BOOST_TEST(acknowledged.size() == 3u);
    mend();
    time.advance(10s);
    BOOST_TEST(printed.ids == (texts{"a_0", "a_1", "b_0", "b_1", "c_0", "c_1"}), boost::test_tools::per_element());
    restart();
    BOOST_TEST(place() == "3");
}

BOOST_AUTO_TEST_CASE(a_full_spool_makes_inputs_wait_and_nothing_is_lost) {
    options.spool = directory / "spool";
    options.spool_limit = 20'000;
    options.max_waiting = 20;
    start();
    place();
    cut();
    for (int i = 0; i < 30; ++i)
        give(batch("n" + std::to_string(i), 10, std::to_string(i)));
    time.advance(10min);
    BOOST_TEST(writer->counts().spooled_bytes <= 20'000u);
    BOOST_TEST(acknowledged.size() < 15u);
    BOOST_TEST(acknowledged.size() > 2u);
    BOOST_TEST(writer->counts().waiting <= 40u);
    BOOST_TEST(log.size() == 2u); // the database went away; the spool is full
    mend();
    time.advance(1min);
    BOOST_TEST(acknowledged.size() == 30u);
    BOOST_TEST(stored_tags() == 300u);
    BOOST_TEST(place() == "29");
    BOOST_TEST(printed.ids.size() == 300u);
}

BOOST_AUTO_TEST_CASE(a_spool_whose_disk_fails_makes_inputs_wait_and_nothing_is_lost) {
    options.spool = directory / "spool";
    start();
    place();
    std::filesystem::rename(directory / "spool", directory / "elsewhere");
    cut();
    give(batch("a", 5, "1"));
    time.advance(1min);
    BOOST_TEST(acknowledged.empty());
    BOOST_TEST(log.size() == 2u); // the database went away; the spool cannot be written
    std::filesystem::rename(directory / "elsewhere", directory / "spool");
    time.advance(10s);
    BOOST_TEST(acknowledged == texts{"a"}, boost::test_tools::per_element());
    BOOST_TEST(log.size() == 3u);
    std::filesystem::rename(directory / "spool", directory / "elsewhere");
    mend();
    give(batch("b", 5, "2"));
    time.advance(1min);
    BOOST_TEST(stored_tags() == 5u);
    BOOST_TEST(log.size() == 5u); // the database is back; stored tags cannot be removed from the spool
    std::filesystem::rename(directory / "elsewhere", directory / "spool");
    time.advance(1min);
    BOOST_TEST(stored_tags() == 10u);
    BOOST_TEST(acknowledged == (texts{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
    BOOST_TEST(place() == "2");
    BOOST_TEST(printed.ids.size() == 10u);
    BOOST_TEST(log.size() == 6u);
}

BOOST_AUTO_TEST_CASE(poison_in_the_spool_is_left_out_alone) {
    options.spool = directory / "spool";
    start();
    place();
    client().execute("CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag WHEN NEW.technique_id = 'T666' "
                     "BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    cut();
    auto poisoned = batch("a", 5, "1");
    poisoned.tags.insert(poisoned.tags.begin() + 3, make_tag("poison", "T666"));
    give(std::move(poisoned));
    give(batch("b", 5, "2"));
    mend();
    time.advance(10s);
    BOOST_TEST(stored_tags() == 10u);
    BOOST_TEST(dead().size() == 1u);
    BOOST_TEST(place() == "2");
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_and_a_locked_database_are_waited_for) {
    options.spool = directory / "spool";
    start();
    place();
    for (auto const kind : {database_error::kind::full, database_error::kind::busy, database_error::kind::read_only}) {
        cut_before = database_error(kind, "not now");
        give(batch("k" + std::to_string(static_cast<int>(kind)), 3));
        mend();
        time.advance(1min);
    }
    BOOST_TEST(acknowledged.size() == 3u);
    BOOST_TEST(stored_tags() == 9u);
    BOOST_TEST(writer->counts().dead == 0u);
    BOOST_TEST(log.size() == 6u);
}

BOOST_AUTO_TEST_CASE(a_database_that_comes_and_goes_gets_every_tag_once) {
    options.spool = directory / "spool";
    options.spool_limit = 60'000;
    options.max_waiting = 30;
    std::mt19937 random(20'261'125);
    start();
    place();
    int number = 0;
    for (int round = 0; round < 200; ++round) {
        switch (random() % 6) {
        case 0:
            cut();
            break;
        case 1:
            mend();
            cut_after.reset();
            break;
        case 2:
            cut_after = database_error(database_error::kind::lost, "cut off");
            break;
        case 3:
            time.advance(std::chrono::seconds{random() % 20});
            break;
        case 4:
            if (random() % 4 == 0)
                restart(); // a crash: waiting batches are not acknowledged
            break;
        default:
            break;
        }
        auto const name = "n" + std::to_string(number++);
        give(batch(name, static_cast<int>(1 + random() % 12), name));
    }
    mend();
    cut_after.reset();
    time.advance(5min);
    std::set<std::string> stored;
    for (auto const& row : client().query("SELECT source_id FROM ttp_tag", 1))
        stored.insert(row[0].value());
    for (auto const& name : acknowledged)
        BOOST_REQUIRE_MESSAGE(stored.contains(name + "_0"), name << " was acknowledged and is not stored");
    BOOST_TEST(std::ranges::is_sorted(acknowledged, std::ranges::less(),
                                      [](std::string const& name) { return std::stoi(name.substr(1)); }));
    BOOST_TEST(writer->counts().waiting == 0u);
    BOOST_TEST(writer->counts().spooled_bytes == 0u);
    std::set<std::string> const unique_ids(printed.ids.begin(), printed.ids.end());
    BOOST_TEST(unique_ids.size() == printed.ids.size()); // nothing twice
}

BOOST_AUTO_TEST_SUITE_END()
