#pragma once

#include <rulehost/worker_row.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Where a worker is, seen from a revision that it should have. Pure.
enum class worker_standing {
    current, ///< it has every change up to the revision
    behind,
    ahead, ///< of the store itself, which went back; the worker has not noticed yet
    gone,  ///< no sign of life for `worker_is_gone_after`
};

worker_standing standing_of(worker_row const& row, worker_list const& among, revision wanted);
std::string_view to_string(worker_standing);

/// The row of another process that lives under the name of `row`; null: there is none. A process that was killed is
/// none: it was not seen since the one that took its place began. Pure.
worker_row const* namesake_of(worker_row const& row, worker_list const& among);

/// The workers, by where they are. The rows outlive it.
struct rollout {
    std::vector<worker_row const*> current;
    std::vector<worker_row const*> behind; ///< also those that are ahead
    std::vector<worker_row const*> gone;

    enum class gone_workers { count, ignore };
    /// Whether every worker has the revision, and there is one.
    bool is_complete(gone_workers how) const {
        return !current.empty() && behind.empty() && (how == gone_workers::ignore || gone.empty());
    }
};

rollout rollout_of(worker_list const& workers, revision wanted);

/// Pairs of living workers that have one revision and not the same rules and states: one of them is wrong. One line
/// each, not escaped.
std::vector<std::string> disagreements_in(worker_list const& workers);

} // namespace rulehost
