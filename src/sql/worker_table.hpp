#pragma once

#include "sql/session/session.hpp"
#include "sql/worker_name.hpp"

#include <rulehost/time_point.hpp>
#include <rulehost/worker_row.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Begins the name of the lease of a worker's name.
constexpr std::string_view worker_lease_prefix = "worker:";

/// The name of the lease of a worker's name.
std::string worker_lease(std::string const& worker);

/// Every row of `ttp_worker`, by worker and start.
std::vector<worker_row> worker_rows(session& sql);

/// Writes the row of `row.process`, seen at `now`, in the caller's transaction. Removes the rows that
/// other processes of the same worker left, if they were not seen since `gone_before`.
void write_worker(session& sql, worker_row const& row, time_point now, time_point gone_before);

/// Writes the row of `row.process` as `write_worker` does, and holds its worker's name for that process for
/// `worker_is_gone_after`, in the caller's transaction. While another process holds the name it writes nothing. Returns
/// that process; empty: the name belongs to `row.process`.
std::string claim_worker(session& sql, worker_row const& row, time_point now, process_check const& has_ended);

/// Removes the row of a process and gives its worker's name back if the process holds it; false: there was none.
bool remove_worker(session& sql, std::string const& process);

/// Removes the rows of a worker's processes that were not seen since `gone_before`. Returns their number.
std::size_t remove_gone_worker(session& sql, std::string const& worker, time_point gone_before);

} // namespace rulehost
