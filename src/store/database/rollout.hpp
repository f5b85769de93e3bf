#pragma once

#include <rulehost/worker_row.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// State of a worker relative to a target revision. Pure.
enum class worker_standing {
    current, ///< it has every change up to the revision
    behind,
    ahead, ///< ahead of the store, which was reset; the worker has not noticed yet
    gone,  ///< no heartbeat for `worker_is_gone_after`
};

worker_standing standing_of(worker_row const& row, worker_list const& among, revision wanted);
std::string_view to_string(worker_standing);

/// The row of another live process with the name of `row`; null: there is none. Ignores a killed process: one without a
/// heartbeat since its successor began. Pure.
worker_row const* namesake_of(worker_row const& row, worker_list const& among);

/// The workers by state. The rows outlive it.
struct rollout {
    std::vector<worker_row const*> current;
    std::vector<worker_row const*> behind; ///< also those that are ahead
    std::vector<worker_row const*> gone;

    enum class gone_workers { count, ignore };
    /// Whether there are workers and every one has the revision.
    bool is_complete(gone_workers how) const {
        return !current.empty() && behind.empty() && (how == gone_workers::ignore || gone.empty());
    }
};

rollout rollout_of(worker_list const& workers, revision wanted);

/// Pairs of live workers with the same revision and different digests: one of them is wrong. One line each, not
/// escaped.
std::vector<std::string> disagreements_in(worker_list const& workers);

} // namespace rulehost
