#pragma once

#include "sql/session/session.hpp"

#include <rulehost/time_point.hpp>

#include <string>

namespace rulehost {

/// The database's current time.
time_point database_clock(session&);

/// Takes or renews the lease `name` for `holder` until `length` from `now`, in the caller's transaction. False: another
/// holder has it.
bool take_lease(session&, std::string const& name, std::string const& holder, time_point now, duration length);
void give_lease_back(session&, std::string const& name, std::string const& holder);

} // namespace rulehost
