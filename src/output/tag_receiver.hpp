#pragma once

#include <rulehost/tag.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace rulehost {

/// Destination of an output's tags. Used on one executor, by one coroutine at a time.
class tag_receiver {
public:
    tag_receiver() = default;
    tag_receiver(tag_receiver const&) = delete;
    tag_receiver& operator=(tag_receiver const&) = delete;
    virtual ~tag_receiver() = default;

    /// Maximum number of tags per call of `send`.
    virtual std::size_t max_tags() const = 0;

    /// Completes with an empty text once the tags are delivered, or with the reason for a permanent rejection. Throws
    /// std::runtime_error while the receiver takes nothing. Cancellation ends it with `operation_aborted`.
    virtual boost::asio::awaitable<std::string> send(std::span<tag const> tags) = 0;
};

} // namespace rulehost
