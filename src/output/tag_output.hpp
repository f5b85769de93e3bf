#pragma once

#include "bus/message_publisher.hpp"
#include "output/output_filter.hpp"
#include "output/tag_receiver.hpp"

#include <rulehost/tag.hpp>

#include <boost/uuid/uuid.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rulehost {

/// Sends the tags that the messages of the outbox are about: what is stored of them, which a message does not hold. To an
/// outbox relay it is a broker. A tag that is stored no more is left out. Used on one executor, by one coroutine at a time.
class tag_output final : public message_publisher {
public:
    /// Looks up stored tags, in any order.
    using lookup = std::function<boost::asio::awaitable<std::vector<tag>>(std::vector<boost::uuids::uuid>)>;

    tag_output(output_filter which, std::unique_ptr<tag_receiver> to, lookup stored)
        : which_(std::move(which)), to_(std::move(to)), stored_(std::move(stored)) {}

    /// A receiver that takes nothing for so many calls of `publish` is doubted: it may be the receiver that is wrong, and not
    /// each of the tags that it refuses.
    static constexpr unsigned max_believed = 5;
    /// So many calls that a doubted receiver refuses count as its absence; then `max_believed` are believed again, so that
    /// messages that nothing takes are given up.
    static constexpr unsigned max_doubted = 12;

    /// How many messages it is given at once at best: few where each may take its time.
    std::size_t max_messages() const { return std::clamp<std::size_t>(2 * to_->max_tags(), 2, 512); }

    /// Throws std::runtime_error while the receiver takes nothing, also where it is doubted.
    boost::asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override;

    /// How many tags the receiver took, counted again when one was sent twice.
    std::uint64_t sent() const { return sent_count_; }
    /// How many attempts failed because the receiver took nothing.
    std::uint64_t failures() const { return failures_; }
    /// When the oldest tag was made that it tries to send; empty: it tries none.
    std::optional<time_point> oldest() const { return oldest_; }
    void rest() override { oldest_.reset(); }

private:
    struct about {
        std::size_t index = 0; ///< of its message
        tag what;
    };

    boost::asio::awaitable<std::vector<about>> tags_of(std::span<outgoing_message const> messages);
    boost::asio::awaitable<void> send(std::vector<about> const& batch, std::vector<refused_message>& refused);
    bool is_doubtful();

    output_filter which_;
    std::unique_ptr<tag_receiver> to_;
    lookup stored_;
    std::set<boost::uuids::uuid> sent_; ///< of messages that come again because others could not be sent
    std::uint64_t sent_count_ = 0;
    std::uint64_t failures_ = 0;
    unsigned fruitless_ = max_believed; ///< calls since a tag was taken in which all were refused
    std::optional<time_point> oldest_;
};

} // namespace rulehost
