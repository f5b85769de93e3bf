// Against a real nats-server that each test starts for itself.
#include "input/nats_source.hpp"
#include "nats/jetstream.hpp"
#include "nats/nats_publisher.hpp"

#include "support/nats_server.hpp"
#include "support/real_loop.hpp"
#include "support/skewed_time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <set>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using lines = std::vector<std::string>;
using numbers = std::vector<std::uint64_t>;

nats_options to(test::nats_server const& server) {
    nats_options options;
    options.servers = {server.url()};
    return options;
}

/// One worker: a connection and a source on it.
struct worker {
    worker(test::real_loop& with, test::nats_server const& server, nats_source_options options)
        : loop(with), connection(with.loop.get_executor(), to(server)) {
        options.log = [this](std::string const& line) { log.push_back(line); };
        source.emplace(with.loop.get_executor(), connection, clock, std::move(options));
        asio::co_spawn(with.loop, source->run(),
                       asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr) { ended = true; }));
    }
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;
    /// Vanishes without a word, unless it was stopped.
    ~worker() {
        cancel.emit(asio::cancellation_type::terminal);
        loop.run_until(ended);
    }

    std::optional<event_batch> next() { return loop.run(source->next()); }

    /// Reads and acknowledges until `count` messages came: their numbers.
    numbers read(std::size_t count) {
        numbers got;
        while (got.size() < count) {
            auto const batch = next();
            BOOST_REQUIRE(batch);
            for (auto const& line : batch->lines)
                got.push_back(line.number);
            source->acknowledge(batch->number);
        }
        return got;
    }

    void stop() {
        source->stop();
        while (auto const batch = next())
            source->acknowledge(batch->number);
        loop.run_until(ended);
    }

    test::real_loop& loop;
    system_time_source time;
    test::skewed_time clock{time};
    nats_connection connection;
    std::optional<nats_source> source;
    asio::cancellation_signal cancel;
    lines log;
    bool ended = false;
};

struct fixture : test::real_loop {
    fixture() { run(producer.connected()); }

    void make_stream(std::string const& name = "EVENTS", std::string const& subjects = "events.>") {
        jetstream_stream stream;
        stream.name = name;
        stream.subjects = {subjects};
        run(ensure_stream(producer, stream));
    }

    void publish(std::string const& subject, std::string const& text) { publish(1, {subject}, text); }

    /// To the subjects in turn.
    void publish(int count, lines const& subjects = {"events.a"}, std::string const& text = "{}") {
        nats_publisher_options options;
        options.stream.clear();
        nats_publisher publisher(producer, options);
        std::vector<outgoing_message> messages;
        for (int number = 0; number < count; ++number)
            messages.push_back(
                {std::to_string(++published), subjects[static_cast<std::size_t>(number) % subjects.size()], text});
        run(publisher.publish(messages));
    }

    std::int64_t unacknowledged(std::string const& consumer = "rulehost") {
        json::object const nothing;
        auto const info = run(ask_jetstream(producer, "CONSUMER.INFO.EVENTS." + consumer, nothing));
        return info.at("num_ack_pending").as_int64() + info.at("num_pending").as_int64();
    }

    static nats_source_options reading(std::string const& stream = "EVENTS") {
        nats_source_options options;
        options.stream = stream;
        options.lease = 1s;
        return options;
    }

    static numbers counted(std::uint64_t first, std::uint64_t last) {
        numbers all;
        for (auto number = first; number <= last; ++number)
            all.push_back(number);
        return all;
    }

    test::nats_server server;
    nats_connection producer{loop.get_executor(), to(server)};
    int published = 0;
};

} // namespace

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
    reader.source->acknowledge(batch->number); // twice is no matter
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

BOOST_AUTO_TEST_CASE(missing_stream_is_waited_for_and_told_once) {
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

BOOST_AUTO_TEST_CASE(missing_stream_is_tried_again_whatever_the_clock_is_set_to) {
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
    // The server may have been killed before it had written that the first ten were acknowledged, and send them once more.
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

BOOST_AUTO_TEST_CASE(partitions_are_shared_out_and_each_keeps_its_order) {
    make_stream();
    auto split = reading();
    split.partitions = 4;
    split.subject = "events.{partition}.>";
    worker first(*this, server, split);
    run_until([&] { return first.source->partitions().size() == 4; });
    {
        worker second(*this, server, split);
        std::map<std::string, numbers> got;
        std::size_t count = 0;
        auto const consume = [&](worker& by) -> asio::awaitable<void> {
            while (auto const batch = co_await by.source->next()) {
                for (auto const& line : batch->lines)
                    got[std::string(line.topic)].push_back(line.number);
                count += batch->lines.size();
                by.source->acknowledge(batch->number);
            }
        };
        asio::co_spawn(loop, consume(first), [](std::exception_ptr) {});
        asio::co_spawn(loop, consume(second), [](std::exception_ptr) {});
        lines const subjects{"events.0.s", "events.1.s", "events.2.s", "events.3.s"};
        publish(100, subjects);
        run_until([&] { return first.source->partitions().size() == 2 && second.source->partitions().size() == 2; });
        publish(100, subjects);
        run_until([&] { return count >= 200; });
        BOOST_TEST(count == 200u);
        for (auto const& [topic, order] : got)
            BOOST_TEST(std::ranges::is_sorted(order));
        first.source->stop();
        second.source->stop();
        run_until([&] { return first.ended && second.ended; });
    }
}

BOOST_AUTO_TEST_CASE(partition_of_a_worker_that_vanished_goes_on_with_what_it_had_taken) {
    make_stream();
    auto ordered = reading();
    ordered.partitions = 1;
    ordered.ack_wait = 1s;
    publish(6);
    {
        worker dying(*this, server, ordered);
        auto const batch = dying.next();
        BOOST_REQUIRE(batch);
    }
    publish(4);
    worker reader(*this, server, ordered);
    BOOST_TEST(reader.read(10) == counted(1, 10), boost::test_tools::per_element());
    reader.stop();
}

BOOST_AUTO_TEST_CASE(partition_of_a_worker_that_vanished_is_taken_over_whatever_the_clock_is_set_to) {
    make_stream();
    auto split = reading();
    split.partitions = 2;
    split.subject = "events.{partition}.>";
    worker staying(*this, server, split);
    {
        worker vanishing(*this, server, split);
        run_until(
            [&] { return staying.source->partitions().size() == 1 && vanishing.source->partitions().size() == 1; });
        staying.clock.error = -1h;
    }
    run_until([&] { return staying.source->partitions().size() == 2; });
}

BOOST_AUTO_TEST_CASE(partition_keeps_its_order_over_a_restart_of_the_server) {
    make_stream();
    auto ordered = reading();
    ordered.partitions = 1;
    ordered.ack_wait = 1s;
    ordered.fetch = 5;
    publish(30);
    worker reader(*this, server, ordered);
    auto got = reader.read(7);
    server.kill();
    run_until([&] { return producer.link() == 0; });
    server.start();
    run(producer.connected());
    publish(5);
    // A lease that ran out meanwhile begins anew with what was not acknowledged.
    while (got.back() != 35) {
        auto const more = reader.read(1);
        BOOST_TEST(std::ranges::is_sorted(more));
        BOOST_TEST(more.front() <= got.back() + 1);
        got.insert(got.end(), more.begin(), more.end());
    }
    reader.stop();
    BOOST_TEST(std::set(got.begin(), got.end()).size() == 35u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(nats_input_urls)

BOOST_AUTO_TEST_CASE(everything_in_a_url_is_read) {
    auto const read =
        parse_nats_url("nats://ann:p%40s@one:4222,two:4223/EVENTS?durable=fleet&subject=e.{partition}.%3e&"
                       "partitions=8&ack_wait=500ms&lease=2s&fetch=10&unacknowledged=99");
    BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error()));
    BOOST_TEST(read->connection.servers == (lines{"nats://ann:p%40s@one:4222", "nats://ann:p%40s@two:4223"}),
               boost::test_tools::per_element());
    BOOST_TEST(read->source.stream == "EVENTS");
    BOOST_TEST(read->source.durable == "fleet");
    BOOST_TEST(read->source.subject == "e.{partition}.>");
    BOOST_TEST(read->source.partitions == 8u);
    BOOST_CHECK(read->source.ack_wait == 500ms);
    BOOST_CHECK(read->source.lease == 2s);
    BOOST_TEST(read->source.fetch == 10u);
    BOOST_TEST(read->source.max_unacknowledged == 99u);
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_without_the_password) {
    for (auto const* const url :
         {"", "nats://", "nats://host", "nats://host/", "nats:///S", "http://host/S", "nats://u:secret@host/S?x=1",
          "nats://u:secret@host/S?durable=a.b", "nats://u:secret@host/S?partitions=2",
          "nats://u:secret@host/S?partitions=999", "nats://u:secret@host/S?ack_wait=1ms",
          "nats://u:secret@host/S?subject=%0d%0aPUB", "nats://u:secret@host/a.b", "nats://u:secret@host,,b/S",
          "nats://u:secret@host/S?subject=%4", "nats://u:secret@host/S?durable",
          "nats://h/S?subject=a.%7Bpartition%7D"}) {
        auto const read = parse_nats_url(url);
        BOOST_REQUIRE_MESSAGE(read.has_error(), url);
        BOOST_TEST(read.error().find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
