#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// A message for other processes. A consumer that drops duplicate ids sees each message once.
struct outgoing_message {
    std::string id;      ///< the same for every attempt
    std::string topic;   ///< tokens joined by `.`
    std::string payload; ///< JSON
};

/// A message that the broker rejects although it accepts others.
struct refused_message {
    std::size_t index = 0; ///< among the messages of the call
    std::string reason;
};

/// A broker. Used on one executor, by one coroutine at a time.
class message_publisher {
public:
    message_publisher() = default;
    message_publisher(message_publisher const&) = delete;
    message_publisher& operator=(message_publisher const&) = delete;
    virtual ~message_publisher() = default;

    /// Completes when the broker has stored every message except the rejected ones, which it returns; these do not
    /// affect the others. Throws std::runtime_error if the broker is unreachable or accepts nothing; then some may have
    /// been sent, and all may be sent again. Cancellation ends it with `operation_aborted`.
    virtual boost::asio::awaitable<std::vector<refused_message>> publish(
        std::span<outgoing_message const> messages) = 0;

    /// Called while another process publishes, so that nothing is to be sent from here.
    virtual void rest() {}
};

/// Outcome of an attempt to publish.
struct publication_outcome {
    std::string problem; ///< why the outcome of every message is unknown; empty: the broker works
    std::vector<refused_message> refused;
};

/// `publish` for callers that retry: returns an exception other than cancellation as the outcome's problem.
boost::asio::awaitable<publication_outcome> try_publish(message_publisher& publisher,
                                                        std::span<outgoing_message const> messages);

} // namespace rulehost
