#pragma once

#include <rulehost/database_access.hpp>
#include <rulehost/time_point.hpp>

#include <functional>
#include <memory>
#include <string>

namespace rulehost {

class call_watch;

/// The database of a task that writes to it, and where it logs.
struct database_options {
    std::string database;                                    ///< URL
    database_access database_file = database_access::create; ///< existing: it was opened before
    std::shared_ptr<call_watch> calls;           ///< ends calls that the database does not answer; null: one of its own
    std::function<time_point()> database_clock;  ///< replaces the database's own clock: tests run on virtual time
    std::function<void(std::string const&)> log; ///< called with one line when the task fails and when it works again
};

} // namespace rulehost
