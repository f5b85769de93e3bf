#pragma once

#include <rulehost/tag.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace rulehost {

/// Where an output sends tags. Used on one executor, by one coroutine at a time.
class tag_receiver {
public:
    tag_receiver() = default;
    tag_receiver(tag_receiver const&) = delete;
    tag_receiver& operator=(tag_receiver const&) = delete;
    virtual ~tag_receiver() = default;

    /// How many tags `send` takes at once.
    virtual std::size_t max_tags() const = 0;

    /// Completes when it has them, with an empty text, or with the reason why it will never take them. Throws
    /// std::runtime_error when it takes nothing at present. Cancellation ends it with `operation_aborted`.
    virtual boost::asio::awaitable<std::string> send(std::span<tag const> tags) = 0;
};

} // namespace rulehost
