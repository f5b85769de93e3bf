#pragma once

#include <rulehost/rule_state.hpp>
#include <rulehost/time_point.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// A worker without a heartbeat for this long counts as gone: killed, or cut off from the store.
constexpr duration worker_is_gone_after = std::chrono::seconds{15};

/// A row of `ttp_worker`: a process that follows a store, and what it runs. A value.
struct worker_row {
    std::string process; ///< unique: host, pid and a random number
    std::string worker;  ///< name, stable across restarts
    std::string host;
    std::string version; ///< of the program
    time_point started_at{};
    time_point seen_at{};                  ///< by the database's clock; stamped when it is written
    rulehost::revision revision = 0;       ///< every change up to it is live in the process
    std::string digest;                    ///< `engine::digest` of the process
    std::uint64_t rules = 0;               ///< live ones
    std::uint64_t quarantined = 0;         ///< rules, lists and states that it rejected
    std::optional<time_point> stale_since; ///< since when it may be behind the store; empty: up to date
};

/// The workers of a store at one moment.
struct worker_list {
    std::vector<worker_row> rows;  ///< by worker and start
    time_point now{};              ///< by the database's clock
    rulehost::revision newest = 0; ///< current revision of the store
};

} // namespace rulehost
