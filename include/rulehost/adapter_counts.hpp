#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Counts of the lines that one adapter read. A value.
struct adapter_counts {
    std::string adapter;          ///< or `event`, `text`; `detect`: lines that nobody recognised
    std::uint64_t parsed = 0;     ///< events
    std::uint64_t skewed = 0;     ///< of these, with an event time too far from their arrival; evaluated all the same
    std::uint64_t untimed = 0;    ///< of these, without a time of their own: that of their arrival was taken
    std::uint64_t truncated = 0;  ///< lines that were too long, or held too many events: a part was left out
    std::uint64_t left_out = 0;   ///< entries of their lists that no event was made of
    std::uint64_t skipped = 0;    ///< lines of a kind that carries nothing to evaluate
    std::uint64_t unparsable = 0; ///< lines, of which at least a part is no event
};

/// The counts of that adapter in `all`; they are added where there are none.
inline adapter_counts& counts_of(std::string_view adapter, std::vector<adapter_counts>& all) {
    auto const found =
        std::ranges::find(all, adapter, [](adapter_counts const& each) -> std::string_view { return each.adapter; });
    if (found != all.end())
        return *found;
    all.emplace_back().adapter = adapter;
    return all.back();
}

} // namespace rulehost
