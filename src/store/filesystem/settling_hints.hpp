#pragma once

#include "store/filesystem/directory_watch.hpp"

#include <rulehost/time_point.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace rulehost {

/// Debounces hints about a directory until it is quiet, up to a limit under constant writes. Pure; instants are those
/// of `time_source::elapsed`.
class settling_hints {
public:
    explicit settling_hints(duration quiet) : quiet_(quiet) {}

    void add(directory_hints more, duration now) {
        if (hints_.empty())
            latest_ = now + 2 * quiet_;
        due_ = std::min(now + quiet_, latest_);
        hints_.merge(std::move(more));
    }

    /// When to take the hints; empty: there are none.
    std::optional<duration> due() const { return hints_.empty() ? std::nullopt : std::optional(due_); }

    directory_hints take() { return std::exchange(hints_, {}); }

private:
    duration quiet_;
    directory_hints hints_;
    duration due_{};
    duration latest_{};
};

} // namespace rulehost
