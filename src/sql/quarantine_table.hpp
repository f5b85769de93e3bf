#pragma once

#include "sql/session/session.hpp"

#include <rulehost/time_point.hpp>

#include <string>
#include <vector>

namespace rulehost {

/// A text of a directory that its master did not bring into the store. A value.
struct quarantined_row {
    std::string projection; ///< whose directory it is
    std::string rule_id;    ///< empty: it could not be read
    std::string source_path;
    std::string findings; ///< JSON
    time_point since{};   ///< by the database's clock
};

/// Every row of `ttp_rule_quarantine`, by projection and in the order in which they were written.
std::vector<quarantined_row> quarantine_rows(session& sql);

/// Makes the rows of `projection` those of `rows`, in the caller's transaction; one that was there keeps its time, others
/// get `now`. Writes nothing when nothing changed.
void write_quarantine(session& sql, std::string const& projection, std::vector<quarantined_row> rows, time_point now);

} // namespace rulehost
