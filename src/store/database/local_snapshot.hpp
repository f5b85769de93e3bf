#pragma once

#include "store/database/database_mirror.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// A worker's last view of its database, in a file, so that it can start without the database and has the
/// last-known-good texts of invalid rules. A value.
struct local_snapshot {
    database_position position;
    time_point saved_at{};
    duration clock_ahead{}; ///< offset of the database's clock from ours
    live_rules live;
    state_table states;
    rule_lists lists;
    std::vector<std::string> left_out; ///< after loading: unreadable rules and states with the reason; one line each
};

/// Replaces the file atomically and durably. Blocking. Throws std::system_error.
void save(local_snapshot const& snapshot, std::filesystem::path const& file);

/// Empty if there is no file. Removes temporary files of interrupted saves. Blocking. Throws std::runtime_error if the
/// file is unreadable or damaged as a whole; skips single unreadable rules and states. The content is not trusted:
/// rules and states are checked as if they came from the database.
std::optional<local_snapshot> load_local_snapshot(std::filesystem::path const& file);

} // namespace rulehost
