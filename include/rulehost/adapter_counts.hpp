#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Counts of the lines that one adapter read. A value.
struct adapter_counts {
    std::string adapter;          ///< its name, or `event`, `text`; `detect`: lines that no adapter recognised
    std::uint64_t parsed = 0;     ///< events
    std::uint64_t skewed = 0;     ///< of these, with an event time too far from the arrival; evaluated anyway
    std::uint64_t untimed = 0;    ///< of these, without a time of their own; they get the time of arrival
    std::uint64_t truncated = 0;  ///< lines too long, or with too many events; the excess was dropped
    std::uint64_t left_out = 0;   ///< list entries that gave no event
    std::uint64_t skipped = 0;    ///< lines of a kind with nothing to evaluate
    std::uint64_t unparsable = 0; ///< lines of which at least a part is not an event
};

/// Returns the counts of that adapter in `all`; adds an entry if there is none.
inline adapter_counts& counts_of(std::string_view adapter, std::vector<adapter_counts>& all) {
    auto const found =
        std::ranges::find(all, adapter, [](adapter_counts const& each) -> std::string_view { return each.adapter; });
    if (found != all.end())
        return *found;
    all.emplace_back().adapter = adapter;
    return all.back();
}

} // namespace rulehost
