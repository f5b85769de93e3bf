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

/// How much a store holds, at one moment.
struct store_counts {
    std::size_t version = 0; ///< of its tables
    rulehost::revision revision = 0;
    std::uint64_t rules = 0;
    std::uint64_t states = 0; ///< decisions that stand
    std::uint64_t lists = 0;
    std::uint64_t changes = 0;               ///< rows of the history
    std::optional<time_point> history_since; ///< the oldest of them
    std::uint64_t tags = 0;
    std::uint64_t messages = 0; ///< in the outbox
};

/// Tables that an older program did not make count as empty. Takes as long as it takes: tags may be many. Throws
/// database_error.
store_counts count_store(session& sql);

/// Who works on the store now, by what they say there: `worker NAME on HOST`, `NAME, held by HOLDER`. Not escaped. Throws
/// database_error.
std::vector<std::string> users_of(session& sql);

} // namespace rulehost
