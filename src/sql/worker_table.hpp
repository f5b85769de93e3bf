#pragma once

#include "sql/session/session.hpp"

#include <rulehost/time_point.hpp>
#include <rulehost/worker_row.hpp>

#include <string>
#include <vector>

namespace rulehost {

/// Every row of `ttp_worker`, by worker and start.
std::vector<worker_row> worker_rows(session& sql);

/// Writes the row of `row.process`, seen at `now`, in the caller's transaction. Removes the rows that
/// other processes of the same worker left, if they were not seen since `gone_before`.
void write_worker(session& sql, worker_row const& row, time_point now, time_point gone_before);

/// Removes the row of a process; false: there was none.
bool remove_worker(session& sql, std::string const& process);

/// Removes the rows of a worker's processes that were not seen since `gone_before`. Returns their number.
std::size_t remove_gone_worker(session& sql, std::string const& worker, time_point gone_before);

} // namespace rulehost
