#pragma once

#include "time/steady_time.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace rulehost {

/// Progress of a consumer of the outbox: a cursor up to which every message is done, and the done messages above it.
/// Numbers are not committed in order, and some never are: the cursor passes a missing
/// number only when a later one was seen `patience` ago, which is longer than a transaction takes. Pure.
class outbox_progress {
public:
    static constexpr duration patience = std::chrono::minutes{2};

    using range = std::pair<std::int64_t, std::int64_t>; ///< inclusive

    explicit outbox_progress(std::int64_t cursor = 0) : cursor_(cursor) {}

    std::int64_t cursor() const { return cursor_; }

    /// Finished ranges above the cursor, the lowest first; at most `limit` ranges.
    std::vector<range> done_above(std::size_t limit) const;

    void add(std::int64_t sequence);

    /// Advances the cursor, at most to the lowest pending message (empty: there is none). `now` never decreases.
    void advance(std::optional<std::int64_t> lowest_left, steady_point now);

private:
    std::int64_t cursor_;
    std::map<std::int64_t, std::int64_t> done_;              ///< first and last of each range
    std::deque<std::pair<steady_point, std::int64_t>> seen_; ///< the highest number at each instant, oldest first
    std::int64_t settled_ = 0;                               ///< gaps up to here are final
};

} // namespace rulehost
