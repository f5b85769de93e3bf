#pragma once

#include "bus/message_publisher.hpp"
#include "nats/nats_connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

struct nats_publisher_options {
    /// Stream to create if missing; empty: one with the topics exists.
    std::string stream = "RULEHOST";
    std::vector<std::string> subjects{"ttp.>"};
    std::chrono::seconds duplicate_window{std::chrono::hours(2)}; ///< of a stream created here
    std::chrono::milliseconds timeout{5000};                      ///< without any acknowledgement
    std::size_t max_in_flight = 256;                              ///< messages sent and not acknowledged
};

/// Publishes to a JetStream stream: a message is published when the stream has stored it. Its id is sent as
/// `Nats-Msg-Id`, so that the stream stores a repeated message once within its duplicate window.
///
/// A message is rejected if it is itself at fault: too large, or with a topic that is not a subject. Any other reason
/// (no stream has its subject, the account may not publish on it) may be the broker's fault; then the message is
/// rejected only if others of the same call are stored.
///
/// Used on the executor of the connection, which outlives it.
class nats_publisher final : public message_publisher {
public:
    nats_publisher(nats_connection& connection, nats_publisher_options options);

    boost::asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override;

private:
    nats_connection& connection_;
    nats_publisher_options const options_;
    std::uint64_t ready_link_ = 0; ///< the link on which the stream was checked
};

} // namespace rulehost
