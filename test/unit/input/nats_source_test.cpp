#include "nats_workers.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(nats_input_of_workers, fixture)

BOOST_AUTO_TEST_CASE(message_is_a_line_with_its_subject_and_sequence) {
    make_stream();
    publish("events.a", "{\"one\": 1}\n");
    publish("events.b.c", "");
    worker reader(*this, server, reading());
    lines got;
    while (got.size() < 2) {
        auto const batch = reader.next();
        BOOST_REQUIRE(batch);
        for (auto const& line : batch->lines)
            got.push_back(std::to_string(line.number) + " " + std::string(line.topic) + " " + std::string(line.text));
    }
    BOOST_TEST(got == (lines{"1 events.a {\"one\": 1}", "2 events.b.c "}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_worker_gets_the_messages_in_order) {
    make_stream();
    publish(600);
    worker reader(*this, server, reading());
    BOOST_TEST(reader.read(600) == counted(1, 600), boost::test_tools::per_element());
    reader.stop();
    BOOST_TEST(unacknowledged() == 0);
}

BOOST_AUTO_TEST_CASE(message_is_acknowledged_only_when_it_is_durable) {
    make_stream();
    publish(3);
    worker reader(*this, server, reading());
    auto const batch = reader.next();
    BOOST_REQUIRE(batch);
    run(reader.connection.flush());
    BOOST_TEST(unacknowledged() == 3);
    reader.source->acknowledge(batch->number);
    reader.source->acknowledge(batch->number); // acknowledging twice is harmless
    reader.stop();
    BOOST_TEST(unacknowledged() == 0);
}

BOOST_AUTO_TEST_CASE(messages_of_a_worker_that_vanished_go_to_another) {
    make_stream();
    publish(5);
    auto impatient = reading();
    impatient.ack_wait = 1s;
    {
        worker dying(*this, server, impatient);
        BOOST_REQUIRE(dying.next());
    }
    worker reader(*this, server, impatient);
    auto got = reader.read(5);
    std::ranges::sort(got);
    BOOST_TEST(got == counted(1, 5), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(message_that_is_worked_on_for_long_stays_with_its_worker) {
    make_stream();
    publish(1);
    auto short_wait = reading();
    short_wait.ack_wait = 300ms;
    worker slow(*this, server, short_wait);
    auto const batch = slow.next();
    BOOST_REQUIRE(batch);
    worker other(*this, server, short_wait);
    bool redelivered = false;
    asio::cancellation_signal give_up;
    bool waited = false;
    asio::co_spawn(
        loop, other.source->next(),
        asio::bind_cancellation_slot(give_up.slot(), [&](std::exception_ptr problem, std::optional<event_batch>) {
            redelivered = !problem;
            waited = true;
        }));
    run(other.time.sleep_until(other.time.now() + 1500ms));
    slow.source->acknowledge(batch->number);
    slow.stop();
    give_up.emit(asio::cancellation_type::terminal);
    run_until(waited);
    BOOST_TEST(!redelivered);
    BOOST_TEST(unacknowledged() == 0);
}

BOOST_AUTO_TEST_CASE(workers_share_a_stream_without_doubles) {
    make_stream();
    worker first(*this, server, reading());
    worker second(*this, server, reading());
    publish(400);
    std::multiset<std::uint64_t> got;
    int finished = 0;
    auto const consume = [&](worker& by) -> asio::awaitable<void> {
        while (auto const batch = co_await by.source->next()) {
            for (auto const& line : batch->lines)
                got.insert(line.number);
            by.source->acknowledge(batch->number);
        }
        ++finished;
    };
    asio::co_spawn(loop, consume(first), [](std::exception_ptr) {});
    asio::co_spawn(loop, consume(second), [](std::exception_ptr) {});
    run_until([&] { return got.size() >= 400; });
    first.source->stop();
    second.source->stop();
    run_until([&] { return finished == 2 && first.ended && second.ended; });
    BOOST_TEST(got.size() == 400u);
    BOOST_TEST(std::set(got.begin(), got.end()).size() == 400u);
    BOOST_TEST(unacknowledged() == 0);
}

BOOST_AUTO_TEST_CASE(unacknowledged_messages_are_bounded) {
    make_stream();
    publish(50);
    auto few = reading();
    few.max_unacknowledged = 10;
    few.fetch = 4;
    worker reader(*this, server, few);
    std::size_t held = 0;
    std::uint64_t last = 0;
    while (held < 10) {
        auto const batch = reader.next();
        BOOST_REQUIRE(batch);
        held += batch->lines.size();
        last = batch->number;
    }
    BOOST_TEST(held == 10u);
    reader.source->acknowledge(last);
    BOOST_TEST(reader.read(40).size() == 40u);
}

BOOST_AUTO_TEST_CASE(missing_stream_is_waited_for_and_reported_once) {
    worker reader(*this, server, reading());
    run_until([&] { return !reader.log.empty(); });
    run(reader.time.sleep_until(reader.time.now() + 600ms));
    make_stream();
    publish(2);
    BOOST_TEST(reader.read(2) == counted(1, 2), boost::test_tools::per_element());
    BOOST_REQUIRE_EQUAL(reader.log.size(), 2u);
    BOOST_TEST(reader.log[0].find("stream not found") != std::string::npos);
    BOOST_TEST(reader.log[1].find("reading again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(missing_stream_is_tried_again_regardless_of_the_clock) {
    worker reader(*this, server, reading());
    run_until([&] { return !reader.log.empty(); });
    reader.clock.error = -1h;
    make_stream();
    publish(1);
    BOOST_TEST(reader.read(1) == counted(1, 1), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(server_that_restarts_in_the_middle_loses_nothing) {
    make_stream();
    auto impatient = reading();
    impatient.ack_wait = 1s;
    worker reader(*this, server, impatient);
    std::set<std::uint64_t> got;
    publish(20);
    for (auto const number : reader.read(10))
        got.insert(number);
    server.kill();
    run_until([&] { return producer.link() == 0; });
    server.start();
    run(producer.connected());
    publish(20);
    while (got.size() < 40)
        for (auto const number : reader.read(1))
            got.insert(number);
    reader.stop();
    // The server may have been killed before it stored the first ten acknowledgements, and then sends these messages
    // again.
    BOOST_TEST(unacknowledged() <= 10);
}

BOOST_AUTO_TEST_CASE(consumer_that_is_deleted_is_made_again) {
    make_stream();
    worker reader(*this, server, reading());
    publish(1);
    reader.read(1);
    json::object const nothing;
    run(ask_jetstream(producer, "CONSUMER.DELETE.EVENTS.rulehost", nothing));
    publish(1);
    while (reader.read(1).back() != 2) {}
}

BOOST_AUTO_TEST_CASE(stream_that_is_deleted_and_made_again_is_read_from_its_front) {
    make_stream();
    auto ordered = reading();
    ordered.partitions = 1;
    worker reader(*this, server, ordered);
    publish(5);
    BOOST_TEST(reader.read(5) == counted(1, 5), boost::test_tools::per_element());
    json::object const nothing;
    run(ask_jetstream(producer, "STREAM.DELETE.EVENTS", nothing));
    make_stream();
    publish(3);
    BOOST_TEST(reader.read(3) == counted(1, 3), boost::test_tools::per_element());
    reader.stop();
}

BOOST_AUTO_TEST_CASE(batch_of_a_deleted_stream_acknowledges_no_message_of_its_successor) {
    make_stream();
    publish(1);
    worker reader(*this, server, reading());
    auto const former = reader.next();
    BOOST_REQUIRE(former);
    json::object const nothing;
    run(ask_jetstream(producer, "STREAM.DELETE.EVENTS", nothing));
    make_stream();
    publish(1);
    auto const first = reader.next();
    BOOST_REQUIRE(first);
    BOOST_TEST(first->lines.at(0).number == former->lines.at(0).number);
    reader.source->acknowledge(former->number);
    publish(1);
    auto const second = reader.next();
    BOOST_REQUIRE(second);
    run(reader.connection.flush());
    BOOST_TEST(unacknowledged() == 2);
    reader.source->acknowledge(second->number);
    reader.stop();
    BOOST_TEST(unacknowledged() == 0);
}

BOOST_AUTO_TEST_CASE(foreign_consumer_that_loses_messages_is_refused) {
    make_stream();
    json::object configuration{{"durable_name", "rulehost"}, {"ack_policy", "explicit"}, {"max_deliver", 3}};
    json::object wanted{{"stream_name", "EVENTS"}, {"config", std::move(configuration)}};
    run(ask_jetstream(producer, "CONSUMER.DURABLE.CREATE.EVENTS.rulehost", std::move(wanted)));
    worker reader(*this, server, reading());
    run_until([&] { return !reader.log.empty(); });
    BOOST_TEST(reader.log[0].find("max_deliver") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stop_ends_a_read_that_waits) {
    make_stream();
    worker reader(*this, server, reading());
    run(reader.connection.connected());
    bool ended = false;
    asio::co_spawn(loop, reader.source->next(),
                   [&](std::exception_ptr problem, std::optional<event_batch> batch) { ended = !problem && !batch; });
    loop.poll();
    reader.source->stop();
    run_until([&] { return ended && reader.ended; });
}

BOOST_AUTO_TEST_CASE(stop_without_a_server_ends) {
    server.kill();
    worker reader(*this, server, reading());
    reader.source->stop();
    BOOST_TEST(!reader.next());
    run_until(reader.ended);
}

BOOST_AUTO_TEST_CASE(message_that_is_too_long_is_shortened) {
    test::temporary_directory directory;
    directory.write("large.conf", "max_payload: 8MB\n");
    test::nats_server generous({"--config", (directory / "large.conf").string()});
    nats_connection sender(loop.get_executor(), to(generous));
    run(sender.connected());
    jetstream_stream stream;
    stream.name = "EVENTS";
    stream.subjects = {"events.>"};
    run(ensure_stream(sender, stream));
    nats_publisher_options options;
    options.stream.clear();
    nats_publisher publisher(sender, options);
    outgoing_message message{"1", "events.a", R"({"a":")" + std::string(1024 * 1024 + 1, 'x') + R"(","b":1})"};
    run(publisher.publish({&message, 1}));
    worker reader(*this, generous, reading());
    auto const batch = reader.next();
    BOOST_REQUIRE(batch);
    auto const& line = batch->lines.at(0);
    BOOST_TEST(line.truncated);
    BOOST_TEST(line.text.size() < 1024u * 1024);
    BOOST_TEST(line.text.ends_with(R"(x","b":1})"));
}

BOOST_AUTO_TEST_SUITE_END()
