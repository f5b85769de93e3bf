#pragma once

#include "async/notification.hpp"
#include "delivery/dead_letter_file.hpp"
#include "event/input_position.hpp"

#include <rulehost/tag.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace rulehost {

/// Tags and positions of a batch of events. Move-only.
struct tag_batch {
    std::vector<tag> tags;
    std::vector<dead_letter> rejected;
    std::optional<input_position> position; ///< stored in the transaction of the tags, or after them all
    std::function<void()> stored; ///< called once when all of it is durable, in the order of `enqueue`; may be empty
};

/// Batches that are stored together, and the part of them that is not stored yet.
struct tag_group {
    struct member {
        tag_batch batch;
        std::size_t weight = 0;
    };
    std::vector<member> batches;           ///< owns the memory of the rest
    std::vector<tag const*> tags;          ///< neither stored yet nor rejected
    std::vector<tag const*> fresh;         ///< stored, and new
    std::vector<input_position> positions; ///< the newest of each input

    bool has_more() const { return !tags.empty() || !positions.empty(); }

    /// Resets tags and positions to those of all batches.
    void collect();
};
using tag_group_ptr = std::shared_ptr<tag_group>; ///< a database call keeps it alive

/// Bounded queue of batches that wait to be durable. Used on one executor.
class tag_queue {
public:
    /// Maximum tags of a group. Index keys are random, so that tags in large transactions touch fewer pages each;
    /// groups are small while the database keeps up.
    static constexpr std::size_t max_group = 32'768;

    /// `max_weight`: units of `weight_of` that may wait, besides one batch.
    tag_queue(time_source& time, std::size_t max_weight) : time_(time), max_weight_(max_weight) {}

    /// Waits for room in the queue. Cancellation loses the batch. Throws `operation_aborted` once the queue is closed.
    boost::asio::awaitable<void> enqueue(tag_batch batch);

    /// Ends every `enqueue`.
    void close();

    /// The next batches, as many as fit one group; waits for the first. Call `finish` before the next one.
    boost::asio::awaitable<tag_group_ptr> take();

    /// Marks the taken group as durable.
    void finish();

    /// Returns when everything enqueued so far is durable.
    boost::asio::awaitable<void> drain();

    /// Number of tags that are not durable.
    std::uint64_t waiting() const;

private:
    void take_into(tag_group& next);

    time_source& time_;
    std::size_t max_weight_;
    std::deque<tag_group::member> queue_;
    tag_group_ptr current_; ///< taken and not finished; null: none
    std::size_t weight_ = 0;
    std::uint64_t enqueued_ = 0; ///< batches
    std::uint64_t durable_ = 0;  ///< of those, from the front
    bool closed_ = false;
    notification arrived_;
    notification progress_;
};

} // namespace rulehost
