#pragma once

#include "sql/session/session.hpp"

#include <rulehost/time_point.hpp>

#include <string>
#include <vector>

namespace rulehost {

/// An invalid text of a directory, which its master did not write to the store. A value.
struct quarantined_row {
    std::string projection; ///< the projection of the directory
    std::string rule_id;    ///< empty: unreadable
    std::string source_path;
    std::string findings; ///< JSON
    time_point since{};   ///< by the database's clock
};

/// Every row of `ttp_rule_quarantine`, by projection and in the order in which they were written.
std::vector<quarantined_row> quarantine_rows(session& sql);

/// Replaces the rows of `projection` by `rows`, in the caller's transaction; an existing one keeps its time, others
/// get `now`. Writes nothing without a change.
void write_quarantine(session& sql, std::string const& projection, std::vector<quarantined_row> rows, time_point now);

} // namespace rulehost
