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
    class queue; ///< the bus's end

    explicit bus_subscription(std::shared_ptr<queue>);
    bus_subscription(bus_subscription&&) noexcept;
    bus_subscription& operator=(bus_subscription&&) noexcept;
    ~bus_subscription();

    /// The next message, as soon as there is one; null when the bus is gone and all was read. Cancellation ends it
    /// with `operation_aborted` and loses nothing.
    boost::asio::awaitable<bus_message_ptr> next();

    /// How many messages were dropped, the oldest first, because the listener was too slow.
    std::uint64_t missed() const;

private:
    std::shared_ptr<queue> queue_;
};

/// Tells listeners of this process what happened. A slow listener loses messages, and nobody else notices.
/// Used on one executor.
class bus {
public:
    bus() = default;
    bus(bus const&) = delete;
    bus& operator=(bus const&) = delete;
    ~bus();

    /// Never waits and never fails; without listeners it costs next to nothing.
    void publish(std::string_view topic, std::string_view payload) noexcept;

    /// Whether anybody listens, for whoever would have to work for a message.
    bool has_subscribers() const;

    /// Listens to the topics that `pattern` covers, from now on; up to `capacity` messages wait to be read.
    /// Throws std::invalid_argument for a pattern with an empty token or a `>` that is not the last.
    bus_subscription subscribe(std::string pattern, std::size_t capacity = 1024);

private:
    std::vector<std::weak_ptr<bus_subscription::queue>> listeners_;
};

} // namespace rulehost
