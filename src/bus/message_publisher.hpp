#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// A message for other processes. A consumer that drops ids it has seen before sees each message once.
struct outgoing_message {
    std::string id;      ///< the same however often the message is sent
    std::string topic;   ///< tokens joined by `.`
    std::string payload; ///< JSON
};

/// A message that the broker does not take though it is there and takes others.
struct refused_message {
    std::size_t index = 0; ///< of those that were given
    std::string reason;
};

/// A broker. Used on one executor, by one coroutine at a time.
class message_publisher {
public:
    message_publisher() = default;
    message_publisher(message_publisher const&) = delete;
    message_publisher& operator=(message_publisher const&) = delete;
    virtual ~message_publisher() = default;

    /// Completes when the broker keeps every message but those that it refuses, which are returned: they cost the
    /// others nothing. Throws std::runtime_error when it cannot be reached or takes nothing at all; then some may have
    /// been sent, and all may be sent again. Cancellation ends it with `operation_aborted`.
    virtual boost::asio::awaitable<std::vector<refused_message>> publish(
        std::span<outgoing_message const> messages) = 0;

    /// Another process publishes now, so that nothing is to be sent from here.
    virtual void rest() {}
};

/// Outcome of an attempt to publish.
struct publication_outcome {
    std::string problem; ///< why nothing can be said about any of them; empty: nothing is wrong with the broker
    std::vector<refused_message> refused;
};

/// `publish`, for those who try again: what it throws but cancellation is the outcome's problem.
boost::asio::awaitable<publication_outcome> try_publish(message_publisher& publisher,
                                                        std::span<outgoing_message const> messages);

} // namespace rulehost
