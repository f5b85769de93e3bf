#pragma once

// Against a real nats-server that each test starts for itself.
#include "nats/jetstream.hpp"
#include "nats/nats_connection.hpp"
#include "nats/nats_publisher.hpp"

#include "support/nats_server.hpp"
#include "support/real_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <chrono>
#include <thread>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;

namespace rulehost::test {

using lines = std::vector<std::string>;

struct fixture : test::real_loop {
    nats_options options() {
        nats_options to;
        to.servers = {server.url()};
        to.log = [this](std::string const& line) { log.push_back(line); };
        return to;
    }

    std::int64_t stored(nats_connection& connection, std::string const& stream) {
        json::object const nothing;
        auto const info = run(ask_jetstream(connection, "STREAM.INFO." + stream, nothing));
        return info.at("state").at("messages").as_int64();
    }

    static std::vector<outgoing_message> messages(int first, int last) {
        std::vector<outgoing_message> made;
        for (int number = first; number <= last; ++number) {
            auto& added = made.emplace_back();
            added.id = "id-" + std::to_string(number);
            added.topic = "ttp.tagged";
            added.payload = "{\"number\":" + std::to_string(number) + "}";
        }
        return made;
    }

    static void send(nats_connection& connection, std::string subject, std::string payload) {
        std::vector<nats_message> messages(1);
        messages.front().subject = std::move(subject);
        messages.front().payload = std::move(payload);
        connection.send(std::move(messages));
    }

    static std::string failure_of(std::function<void()> const& act) {
        try {
            act();
        } catch (std::runtime_error const& error) {
            return error.what();
        }
        return {};
    }

    test::nats_server server;
    lines log;
};

} // namespace rulehost::test
