#pragma once

// Against a real nats-server that each test starts for itself.
#include "input/nats_source.hpp"
#include "nats/jetstream.hpp"
#include "nats/nats_publisher.hpp"

#include "support/nats_server.hpp"
#include "support/real_loop.hpp"
#include "support/skewed_time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <nats/nats.h>

#include <set>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;

namespace rulehost::test {

using lines = std::vector<std::string>;
using numbers = std::vector<std::uint64_t>;

inline nats_options to(test::nats_server const& server) {
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
    /// Vanishes without releasing anything, unless it was stopped.
    ~worker() {
        cancel.emit(asio::cancellation_type::terminal);
        loop.run_until(ended);
    }

    std::optional<event_batch> next() { return loop.run(source->next()); }

    /// Reads and acknowledges `count` messages and returns their numbers.
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

    /// Publishes to the subjects in turn.
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

} // namespace rulehost::test
