#pragma once

#include "sql/session/session.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rulehost {

/// Copies the SQLite database in the file `from` as it is at this moment, with what its log holds, to the file `to`, which is
/// made, for its owner alone. Others go on reading and writing `from` meanwhile. `progress` gets how many pages are copied,
/// and how many there are. The caller syncs the copy. Blocking. Throws database_error or
/// std::system_error; then `to` is removed.
void copy_sqlite(std::string const& from, std::string const& to,
                 std::function<void(std::uint64_t done, std::uint64_t all)> const& progress);

/// Lines about what is damaged in a database of SQLite, a few at most; empty: nothing. Reads all of it.
std::vector<std::string> damage_in(session& sql);

} // namespace rulehost
