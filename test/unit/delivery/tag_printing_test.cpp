#include "tag_writing.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(tag_printing, fixture)

BOOST_AUTO_TEST_CASE(a_sink_that_is_not_read_delays_no_tag) {
    slow_sink stuck(time);
    stuck.delay = 1h;
    options.printed = &stuck;
    options.max_waiting = 10;
    start();
    for (int i = 0; i < 100; ++i)
        give(batch("b" + std::to_string(i), 5));
    BOOST_TEST(stored_tags() == 500u);
    BOOST_TEST(acknowledged.size() == 100u);
    BOOST_TEST(writer->counts().waiting == 0u);
    BOOST_TEST(writer->counts().unprinted == 490u);
    BOOST_TEST(log == texts{"tags are stored, and not printed: the reader is too slow"},
               boost::test_tools::per_element());
    stuck.delay = {};
    time.advance(3h);
    BOOST_TEST(stuck.ids.size() == 10u);
    give(batch("again", 1));
    BOOST_TEST(stuck.ids.back() == "again_0");
    BOOST_TEST(log.back() == "tags are printed again; 490 were not");
}

BOOST_AUTO_TEST_CASE(a_sink_that_fails_costs_only_what_it_was_given) {
    slow_sink full(time);
    full.problem = "standard output: No space left on device";
    options.printed = &full;
    start();
    give(batch("a", 3));
    give(batch("b", 2));
    BOOST_TEST(acknowledged == (texts{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(stored_tags() == 5u);
    BOOST_TEST(writer->counts().unprinted == 5u);
    full.problem.clear();
    give(batch("c", 1));
    BOOST_TEST(full.ids == texts{"c_0"}, boost::test_tools::per_element());
    BOOST_TEST(log ==
                   (texts{"tags are stored, and not printed: standard output: No space left on device",
                          "tags are printed again; 5 were not"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_slow_sink_gets_every_tag_where_it_is_waited_for) {
    slow_sink slow(time);
    slow.delay = 1s;
    options.printed = &slow;
    options.printing = tag_printer::policy::patient;
    options.max_waiting = 10;
    start();
    for (int i = 0; i < 20; ++i)
        give(batch("b" + std::to_string(i), 5));
    BOOST_TEST(stored_tags() < 100u);
    bool drained = false;
    auto const wait = [&]() -> asio::awaitable<void> {
        co_await writer->drain();
        drained = true;
    };
    running->spawn("end", wait());
    time.advance(1min);
    BOOST_TEST(drained);
    BOOST_TEST(slow.ids.size() == 100u);
    BOOST_TEST(writer->counts().unprinted == 0u);
}

BOOST_AUTO_TEST_CASE(tags_left_unprinted_at_the_end_are_counted) {
    slow_sink stuck(time);
    stuck.delay = 1h;
    options.printed = &stuck;
    start();
    give(batch("a", 3));
    give(batch("b", 2));
    running->cancel();
    run(running->join());
    running.reset();
    BOOST_TEST(writer->counts().unprinted == 5u);
    BOOST_TEST(writer->counts().waiting == 0u);
}

BOOST_AUTO_TEST_CASE(a_sink_gets_one_batch_at_a_time_from_any_task) {
    slow_sink slow(time);
    slow.delay = 1h;
    options.printed = &slow;
    options.spool = directory / "spool";
    int calls = 0;
    options.faults.before = [&](std::string_view call) -> asio::awaitable<void> {
        // The database goes away after the first half of the group.
        if (call == "store" && ++calls == 3)
            throw database_error(database_error::kind::lost, "no route to host");
        co_return;
    };
    start();
    place();
    client().execute("CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag WHEN NEW.technique_id = 'T666' "
                     "BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    auto mixed = batch("a", 4);
    mixed.tags.push_back(make_tag("poison", "T666"));
    give(std::move(mixed));
    BOOST_TEST(stored_tags() == 2u); // the rest is in the spool
    BOOST_TEST(acknowledged == texts{"a"}, boost::test_tools::per_element());
    time.advance(1min); // the spool is stored while the first tags are being printed
    BOOST_TEST(stored_tags() == 4u);
    time.advance(3h);
    BOOST_TEST(slow.ids == (texts{"a_0", "a_1", "a_2", "a_3"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pipe_that_is_not_read_delays_nothing) {
    BOOST_REQUIRE(::mkfifo((directory / "dead.ndjson").c_str(), 0600) == 0);
    options.dead_letter_limit = 1000;
    start();
    for (int round = 0; round < 10; ++round) {
        auto bad = batch("b" + std::to_string(round), 0);
        bad.rejected.push_back({"in", 1, "not JSON", std::string(200'000, 'x')}); // more than a pipe holds
        give(std::move(bad));
    }
    BOOST_TEST(acknowledged.size() == 10u); // the reader has stopped
    BOOST_TEST(writer->counts().dead_dropped == 10u);
    BOOST_TEST(std::filesystem::is_fifo(directory / "dead.ndjson"));
}

BOOST_AUTO_TEST_CASE(without_a_database_tags_are_printed) {
    options.database.clear();
    start();
    give(batch("a", 2, "10"));
    BOOST_TEST(printed.ids.size() == 2u);
    BOOST_TEST(acknowledged.size() == 1u);
    BOOST_TEST(place() == "");
}

BOOST_AUTO_TEST_SUITE_END()
