#pragma once

#include <boost/asio/awaitable.hpp>

#include <span>
#include <string>

namespace rulehost {

/// A message for other processes. A consumer that drops ids it has seen before sees each message once.
struct outgoing_message {
    std::string id;      ///< the same however often the message is sent
    std::string topic;   ///< tokens joined by `.`
    std::string payload; ///< JSON
};

/// A broker. Used on one executor, by one coroutine at a time.
class message_publisher {
public:
    message_publisher() = default;
    message_publisher(message_publisher const&) = delete;
    message_publisher& operator=(message_publisher const&) = delete;
    virtual ~message_publisher() = default;

    /// Completes when the broker keeps every message. Throws std::runtime_error when it cannot be reached or refuses;
    /// then some may have been sent, and all may be sent again. Cancellation ends it with `operation_aborted`.
    virtual boost::asio::awaitable<void> publish(std::span<outgoing_message const> messages) = 0;
};

} // namespace rulehost
