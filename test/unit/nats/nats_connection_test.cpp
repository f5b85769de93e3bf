#include "nats_fixture.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(nats, fixture)

BOOST_AUTO_TEST_CASE(connection_needs_a_server) {
    BOOST_CHECK_THROW(nats_connection(loop.get_executor(), nats_options()), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(published_messages_are_kept_by_a_stream_that_is_made) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    nats_publisher publisher(connection, {});
    auto const sent = messages(1, 1000);
    run(publisher.publish(sent));
    BOOST_TEST(stored(connection, "RULEHOST") == 1000);
}

BOOST_AUTO_TEST_CASE(message_that_is_sent_again_is_stored_once) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    nats_publisher publisher(connection, {});
    auto const first = messages(1, 10);
    auto const second = messages(6, 15);
    run(publisher.publish(first));
    run(publisher.publish(second));
    BOOST_TEST(stored(connection, "RULEHOST") == 15);
}

BOOST_AUTO_TEST_CASE(publishing_fails_where_no_stream_takes_the_topic) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    nats_publisher_options somebody_elses;
    somebody_elses.stream.clear();
    nats_publisher publisher(connection, somebody_elses);
    auto const sent = messages(1, 3);
    BOOST_TEST(failure_of([&] { run(publisher.publish(sent)); }) ==
               "NATS: publishing failed: ttp.tagged: no stream takes it");
}

BOOST_AUTO_TEST_CASE(topic_that_would_break_the_protocol_is_refused) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    nats_publisher publisher(connection, {});
    auto sent = messages(1, 1);
    sent[0].topic = "ttp.a b\r\nPUB ttp.c 0";
    auto const refused = run(publisher.publish(sent));
    BOOST_REQUIRE_EQUAL(refused.size(), 1u);
    BOOST_TEST(refused[0].reason.find("Invalid Subject") != std::string::npos);
    BOOST_TEST(stored(connection, "RULEHOST") == 0);
}

BOOST_AUTO_TEST_CASE(message_over_the_servers_limit_is_refused_and_the_link_stays) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    BOOST_TEST(connection.max_payload() == 1024u * 1024u);
    nats_publisher publisher(connection, {});
    auto sent = messages(1, 1000);
    sent[3].payload.assign(connection.max_payload() + 1, 'x');
    sent[999].payload.assign(connection.max_payload() + 1, 'x');
    auto const link = connection.link();
    auto const refused = run(publisher.publish(sent));
    BOOST_REQUIRE_EQUAL(refused.size(), 2u);
    BOOST_TEST(refused[0].index == 3u);
    BOOST_TEST(refused[1].index == 999u);
    BOOST_TEST(!refused[0].reason.empty());
    BOOST_TEST(stored(connection, "RULEHOST") == 998);
    BOOST_TEST(connection.link() == link);
}

BOOST_AUTO_TEST_CASE(message_over_the_limit_of_the_stream_is_refused) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    auto const small = json::parse(R"({"name":"RULEHOST","subjects":["ttp.>"],"max_msg_size":100})").as_object();
    run(ask_jetstream(connection, "STREAM.CREATE.RULEHOST", small));
    nats_publisher publisher(connection, {});
    auto sent = messages(1, 1);
    sent[0].payload.assign(200, 'x');
    auto const refused = run(publisher.publish(sent));
    BOOST_REQUIRE_EQUAL(refused.size(), 1u);
    BOOST_TEST(refused[0].reason.find("maximum") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(message_that_no_stream_takes_is_refused_only_beside_others_that_are_taken) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    nats_publisher publisher(connection, {});
    auto sent = messages(1, 3);
    sent[1].topic = "elsewhere";
    auto const refused = run(publisher.publish(sent));
    BOOST_REQUIRE_EQUAL(refused.size(), 1u);
    BOOST_TEST(refused[0].index == 1u);
    BOOST_TEST(refused[0].reason == "no stream takes it");
    BOOST_TEST(stored(connection, "RULEHOST") == 2);
    auto const alone = std::span(sent).subspan(1, 1);
    BOOST_TEST(failure_of([&] { run(publisher.publish(alone)); }).find("no stream takes it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(message_that_is_met_with_silence_is_refused_only_beside_others_that_are_taken) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    // Simulates a subject without permission: the server does not answer.
    auto const deaf = connection.open_inbox([](nats_message) {}, {});
    run(connection.flush());
    nats_publisher_options impatient;
    impatient.timeout = std::chrono::milliseconds(100);
    impatient.max_in_flight = 2;
    nats_publisher publisher(connection, impatient);
    auto sent = messages(1, 10);
    for (std::size_t const silent : {2u, 3u, 9u})
        sent[silent].topic = deaf.subject() + ".1";
    auto const refused = run(publisher.publish(sent));
    BOOST_REQUIRE_EQUAL(refused.size(), 3u);
    BOOST_TEST(refused[2].index == 9u);
    BOOST_TEST(stored(connection, "RULEHOST") == 7);
    auto const alone = std::span(sent).subspan(2, 2);
    BOOST_TEST(failure_of([&] { run(publisher.publish(alone)); }).find("no acknowledgement in time") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(publishing_without_a_server_fails_and_goes_on_when_it_is_back) {
    server.stop();
    nats_connection connection(loop.get_executor(), options());
    nats_publisher publisher(connection, {});
    auto const sent = messages(1, 3);
    BOOST_TEST(failure_of([&] { run(publisher.publish(sent)); }) == "NATS: no connection");
    run_until([&] { return !log.empty(); });
    server.start();
    run(connection.connected());
    run(publisher.publish(sent));
    BOOST_TEST(stored(connection, "RULEHOST") == 3);
    BOOST_TEST(log.size() == 2u); // the loss, once, and the return
}

BOOST_AUTO_TEST_CASE(loss_and_return_of_the_server_are_reported_once_each) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    bool lost = false;
    auto const inbox = connection.open_inbox([](nats_message) {}, [&] { lost = connection.link() == 0; });
    auto const link = connection.link();
    server.kill();
    run_until(lost);
    BOOST_TEST(connection.link() == 0u);
    server.start();
    run(connection.connected());
    BOOST_TEST(connection.link() > link);
    run(connection.flush());
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST(log[0].find("connection lost") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(pauses_between_attempts_go_by_the_randomness_that_was_given) {
    server.stop();
    std::atomic<int> asked = 0;
    auto given = options();
    given.random = [&] {
        ++asked;
        asio::post(loop, [] {}); // the server is called on another thread
        return 0.0;
    };
    nats_connection connection(loop.get_executor(), given);
    run_until([&] { return asked > 1; });
    BOOST_TEST(connection.link() == 0u);
}

BOOST_AUTO_TEST_CASE(inbox_goes_on_over_a_restart) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    lines got;
    auto inbox = connection.open_inbox([&](nats_message message) { got.push_back(message.payload); }, {});
    server.kill();
    run_until([&] { return connection.link() == 0; });
    server.start();
    run(connection.connected());
    send(connection, inbox.subject() + ".1", "hello");
    run_until([&] { return got.size() == 1; });
    BOOST_TEST(got.front() == "hello");
    inbox = {};
    run(connection.flush());
}

BOOST_AUTO_TEST_CASE(message_that_there_is_no_memory_for_takes_no_other_along) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    lines got;
    auto const inbox = connection.open_inbox(
        [&](nats_message message) {
            if (message.payload == "bad")
                throw std::bad_alloc();
            got.push_back(message.payload);
        },
        {});
    for (auto const* const payload : {"one", "bad", "two"})
        send(connection, inbox.subject() + ".1", payload);
    run_until([&] { return got.size() == 2; });
    BOOST_TEST(got == (lines{"one", "two"}), boost::test_tools::per_element());
    run(connection.flush());
    BOOST_TEST(log == lines{"NATS: a message was dropped: out of memory"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(link_that_there_is_no_memory_for_is_made_again) {
    nats_connection connection(loop.get_executor(), options());
    int links = 0;
    auto const starved = connection.open_inbox([](nats_message) {},
                                               [&] {
                                                   if (connection.link() != 0 && ++links == 1)
                                                       throw std::bad_alloc();
                                               });
    lines got;
    auto const inbox = connection.open_inbox([&](nats_message message) { got.push_back(message.payload); }, {});
    run_until([&] { return links == 2; });
    run(connection.connected());
    send(connection, inbox.subject() + ".1", "hello");
    run_until([&] { return !got.empty(); });
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST(log.at(0) == "NATS " + server.url() + ": connection lost: out of memory; retrying");
}

BOOST_AUTO_TEST_CASE(request_fails_when_the_link_is_lost_under_it) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    auto const deaf = connection.open_inbox([](nats_message) {}, {});
    nats_message question;
    question.subject = deaf.subject() + ".1";
    run(connection.flush());
    std::string failure;
    asio::co_spawn(loop, connection.request(question), [&](std::exception_ptr problem, nats_message) {
        failure = failure_of([&] { std::rethrow_exception(problem); });
    });
    server.kill();
    run_until([&] { return !failure.empty(); });
    BOOST_TEST(failure == "NATS: connection lost");
}

BOOST_AUTO_TEST_CASE(request_without_a_responder_is_reported_at_once) {
    nats_connection connection(loop.get_executor(), options());
    run(connection.connected());
    nats_message question;
    question.subject = "nobody.there";
    BOOST_TEST(failure_of([&] { run(connection.request(question)); }) == "NATS: no responder for nobody.there");
}

BOOST_AUTO_TEST_CASE(cancelled_waits_end) {
    server.stop();
    nats_connection connection(loop.get_executor(), options());
    asio::cancellation_signal stop;
    bool ended = false;
    asio::co_spawn(
        loop, connection.connected(),
        asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr problem) { ended = problem != nullptr; }));
    loop.poll();
    stop.emit(asio::cancellation_type::terminal);
    run_until(ended);
}

BOOST_AUTO_TEST_CASE(connections_come_and_go_at_any_moment) {
    nats_connection listening(loop.get_executor(), options());
    run(listening.connected());
    int heard = 0;
    auto const inbox = listening.open_inbox([&](nats_message) { ++heard; }, [] {});
    run(listening.flush());
    for (int round = 0; round < 20; ++round) {
        nats_connection connection(loop.get_executor(), options());
        for (int step = 0; step < round % 4; ++step)
            loop.poll();
        if (round % 2 == 0) {
            run(connection.connected());
            send(connection, inbox.subject() + ".1", "something");
            run(connection.flush());
        }
    }
    run_until([&] { return heard >= 10; });
    BOOST_TEST(heard == 10);
}

BOOST_AUTO_TEST_CASE(messages_sent_before_a_close_go_out) {
    nats_connection listening(loop.get_executor(), options());
    run(listening.connected());
    int heard = 0;
    auto const inbox = listening.open_inbox([&](nats_message) { ++heard; }, [] {});
    run(listening.flush());
    {
        nats_connection sending(loop.get_executor(), options());
        run(sending.connected());
        for (int i = 0; i < 1000; ++i)
            send(sending, inbox.subject() + ".1", "hello");
        sending.close();
        run(sending.closed(1min));
    }
    BOOST_TEST(!nats_connection::has_threads_left());
    run_until([&] { return heard == 1000; });
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_nothing_more_delays_neither_the_loop_nor_the_end_of_a_connection) {
    auto const began = std::chrono::steady_clock::now();
    {
        nats_connection connection(loop.get_executor(), options());
        run(connection.connected());
        server.freeze();
        for (int i = 0; i < 24; ++i) // more than the buffers of both ends of a socket hold
            send(connection, "anything", std::string(1'000'000, 'x'));
        connection.close();
        run(connection.closed(100ms));
    }
    BOOST_TEST((std::chrono::steady_clock::now() - began < 4s)); // a write alone may take 5 s
    BOOST_TEST(nats_connection::has_threads_left());
    server.kill();
    while (nats_connection::has_threads_left())
        std::this_thread::yield();
}

BOOST_AUTO_TEST_SUITE_END()
