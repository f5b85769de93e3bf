#pragma once

#include "event/event_step.hpp"
#include "sql/session/connection.hpp"

#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// The table `ttp_step`: what the events of sessions said. Blocking; used by one thread at a time. Throws database_error.
class step_table {
public:
    /// `clock` replaces the database's own clock: tests run on virtual time.
    step_table(database_url url, database_access first, std::shared_ptr<call_watch> watch,
               std::function<time_point()> clock = {})
        : connection_(std::move(url), first, std::move(watch)), clock_(std::move(clock)) {}

    /// Adds those that are not there yet, in one transaction. Returns the number of new rows.
    std::size_t add(std::span<event_step const> steps);

    /// Removes the steps that were stored longer ago than `keep`, then the oldest above `max_rows`: about `limit` rows of
    /// each, the ties of the last one too. Returns whether there may be more. Does nothing while another worker than
    /// `holder` removes them.
    bool remove_old(duration keep, std::uint64_t max_rows, std::size_t limit, std::string const& holder);

private:
    connection connection_;
    std::function<time_point()> clock_;
    std::uint64_t excess_ = 0; ///< rows above the maximum that were counted and are left; zero: not counted
};

/// A row of the table.
struct stored_step {
    std::string uuid;
    event_step value;
};

/// Up to `limit` steps of a session by their time and ordinal, those behind `after` (null: from the first one on).
std::vector<stored_step> steps_of(session& sql, std::string const& session_id, stored_step const* after,
                                  std::size_t limit);

} // namespace rulehost
