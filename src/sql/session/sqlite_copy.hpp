#pragma once

#include "sql/session/session.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rulehost {

/// Copies the current state of the SQLite database in the file `from`, including its log, to the new file `to`,
/// readable by its owner alone. Other processes may use `from` meanwhile. `progress` gets the number of copied pages
/// and of all pages. The caller syncs the copy. Blocking. Throws database_error or
/// std::system_error; then `to` is removed.
void copy_sqlite(std::string const& from, std::string const& to,
                 std::function<void(std::uint64_t done, std::uint64_t all)> const& progress);

/// The first findings about damage in a database of SQLite; empty: undamaged. Reads all of it.
std::vector<std::string> damage_in(session& sql);

} // namespace rulehost
