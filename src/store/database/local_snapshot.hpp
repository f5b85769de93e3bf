#pragma once

#include "store/database/database_mirror.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// A worker's last view of its database, in a file: so that it can start without the database, and knows the
/// last-known-good texts of rules that have gone bad. A value.
struct local_snapshot {
    database_position position;
    time_point saved_at{};
    duration clock_ahead{}; ///< how far the database's clock was ahead of ours
    live_rules live;
    state_table states;
    rule_lists lists;
    std::vector<std::string>
        left_out; ///< when it was loaded: rules and states that are unreadable, and why; a line each
};

/// Replaces the file as a whole, durably. Blocking. Throws std::system_error.
void save(local_snapshot const& snapshot, std::filesystem::path const& file);

/// Empty when there is no file. Removes what a process that was killed while it saved has left behind. Blocking. Throws
/// std::runtime_error when it cannot be read or is damaged as a whole; one unreadable rule or state is left out.
/// Nothing in it is trusted: rules and states are checked as if they came from the database.
std::optional<local_snapshot> load_local_snapshot(std::filesystem::path const& file);

} // namespace rulehost
