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
    /// Made where it is missing; empty: somebody else made a stream that takes the topics.
    std::string stream = "RULEHOST";
    std::vector<std::string> subjects{"ttp.>"};
    std::chrono::seconds duplicate_window{std::chrono::hours(2)}; ///< of a stream that is made here
    std::chrono::milliseconds timeout{5000};                      ///< without any acknowledgement
    std::size_t max_in_flight = 256;                              ///< messages that were sent and not acknowledged
};

/// Publishes to a JetStream stream: a message is published when the stream has stored it. Its id goes along as
/// `Nats-Msg-Id`, so that within the stream's duplicate window a message that is sent again is stored once.
///
/// A message is refused when it is itself at fault: it is too large, its topic is no subject. Whatever else keeps a
/// message from being stored (no stream has its subject, the account may not publish on it) may be the broker's fault,
/// and the message is refused only when others of the same call are stored.
///
/// Used on the executor of the connection, which outlives it.
class nats_publisher final : public message_publisher {
public:
    nats_publisher(nats_connection& connection, nats_publisher_options options);

    boost::asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override;

private:
    nats_connection& connection_;
    nats_publisher_options const options_;
    std::uint64_t ready_link_ = 0; ///< the link on which the stream was seen to be there
};

} // namespace rulehost
