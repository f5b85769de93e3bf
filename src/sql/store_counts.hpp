#pragma once

#include "sql/session/session.hpp"

#include <rulehost/rule_state.hpp>
#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// Counts of a store at one moment.
struct store_counts {
    std::size_t version = 0; ///< of its tables
    rulehost::revision revision = 0;
    std::uint64_t rules = 0;
    std::uint64_t states = 0; ///< stored decisions
    std::uint64_t lists = 0;
    std::uint64_t changes = 0;               ///< rows of the history
    std::optional<time_point> history_since; ///< the oldest of them
    std::uint64_t tags = 0;
    std::uint64_t steps = 0;    ///< of sessions
    std::uint64_t messages = 0; ///< in the outbox
};

/// Missing tables of an older version count as empty. Has no time limit, since tags may be many. Throws
/// database_error.
store_counts count_store(session& sql);

/// The current users of the store, from its rows: `worker NAME on HOST`, `NAME, held by HOLDER`. Not escaped. Throws
/// database_error.
std::vector<std::string> users_of(session& sql);

} // namespace rulehost
