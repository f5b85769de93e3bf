#pragma once

#include <rulehost/time_point.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace rulehost {

/// Durations counted into buckets. A value.
class duration_histogram {
public:
    /// Upper bounds of the buckets; one more bucket counts longer durations.
    static constexpr std::array<duration, 12> bounds{
        std::chrono::milliseconds{1},   std::chrono::milliseconds{5},   std::chrono::milliseconds{10},
        std::chrono::milliseconds{25},  std::chrono::milliseconds{50},  std::chrono::milliseconds{100},
        std::chrono::milliseconds{250}, std::chrono::milliseconds{500}, std::chrono::seconds{1},
        std::chrono::seconds{5},        std::chrono::seconds{30},       std::chrono::minutes{5}};

    /// A negative duration, as from two clocks that differ, counts as zero.
    void record(duration length) {
        length = length < duration{} ? duration{} : length;
        std::size_t slot = 0;
        while (slot != bounds.size() && length > bounds[slot])
            ++slot;
        ++counts_[slot];
        sum_ += length;
    }

    /// Counts by bucket, not cumulative.
    std::array<std::uint64_t, bounds.size() + 1> const& counts() const { return counts_; }
    duration sum() const { return sum_; }

private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};
    duration sum_{};
};

} // namespace rulehost
