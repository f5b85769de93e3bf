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

/// Sends the stored tags that the messages of the outbox refer to; a broker to the outbox relay. Skips deleted tags.
/// Used on one executor, by one coroutine at a time.
class tag_output final : public message_publisher {
public:
    /// Looks up stored tags, in any order.
    using lookup = std::function<boost::asio::awaitable<std::vector<tag>>(std::vector<boost::uuids::uuid>)>;

    tag_output(output_filter which, std::unique_ptr<tag_receiver> to, lookup stored)
        : which_(std::move(which)), to_(std::move(to)), stored_(std::move(stored)) {}

    /// Number of calls of `publish` in a row with every tag rejected, after which the receiver itself may be at fault
    /// (suspect).
    static constexpr unsigned max_believed = 5;
    /// Number of further such calls that count as an outage. Then `max_believed` of them count as rejections again, so
    /// that unacceptable messages become dead letters in the end.
    static constexpr unsigned max_doubted = 12;

    /// Preferred number of messages per call: few if each may be slow.
    std::size_t max_messages() const { return std::clamp<std::size_t>(2 * to_->max_tags(), 2, 512); }

    /// Throws std::runtime_error while the receiver takes nothing or is suspect.
    boost::asio::awaitable<std::vector<refused_message>> publish(std::span<outgoing_message const> messages) override;

    /// Number of tags taken; one that is sent twice counts twice.
    std::uint64_t sent() const { return sent_count_; }
    /// Number of attempts that failed because the receiver took nothing.
    std::uint64_t failures() const { return failures_; }
    /// Creation time of the oldest tag in flight; empty: none is.
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
    std::set<boost::uuids::uuid> sent_; ///< messages of a batch that is repeated because of others
    std::uint64_t sent_count_ = 0;
    std::uint64_t failures_ = 0;
    unsigned fruitless_ = max_believed; ///< calls since the last taken tag
    std::optional<time_point> oldest_;
};

} // namespace rulehost
