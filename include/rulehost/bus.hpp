#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// A message for subscribers. `topic` is tokens joined by `.`; `payload` is JSON.
struct bus_message {
    std::string topic;
    std::string payload;
};

using bus_message_ptr = std::shared_ptr<bus_message const>;

/// One listener. Move-only; destroying it ends the subscription. Used on the bus's executor, by one coroutine at a
/// time. It may outlive the bus.
class bus_subscription {
public:
    class queue; ///< the side of the bus

    explicit bus_subscription(std::shared_ptr<queue>);
    bus_subscription(bus_subscription&&) noexcept;
    bus_subscription& operator=(bus_subscription&&) noexcept;
    ~bus_subscription();

    /// Waits for the next message; null when the bus was destroyed and every message was read. Cancellation ends it
    /// with `operation_aborted` and loses nothing.
    boost::asio::awaitable<bus_message_ptr> next();

    /// Number of messages dropped because the listener was too slow; the oldest are dropped first.
    std::uint64_t missed() const;

private:
    std::shared_ptr<queue> queue_;
};

/// Publishes messages to listeners in this process. A slow listener loses messages and affects no other. Used on one
/// executor.
class bus {
public:
    bus() = default;
    bus(bus const&) = delete;
    bus& operator=(bus const&) = delete;
    ~bus();

    /// Never waits and never fails; nearly free without listeners.
    void publish(std::string_view topic, std::string_view payload) noexcept;

    /// Whether there are listeners; lets a publisher skip building a message.
    bool has_subscribers() const;

    /// Subscribes to the topics that `pattern` covers, from now on; buffers up to `capacity` messages. Throws
    /// std::invalid_argument for a pattern with an empty token or a `>` that is not the last.
    bus_subscription subscribe(std::string pattern, std::size_t capacity = 1024);

private:
    std::vector<std::weak_ptr<bus_subscription::queue>> listeners_;
};

} // namespace rulehost
