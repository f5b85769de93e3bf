#pragma once

#include "sql/session/session.hpp"

#include <rulehost/time_point.hpp>

#include <optional>
#include <string>

namespace rulehost {

/// The database's current time.
time_point database_clock(session&);

/// A row of `ttp_lease`.
struct lease_row {
    std::string holder;
    std::optional<time_point> expires_at; ///< empty: malformed

    bool holds(time_point now) const { return expires_at && now < *expires_at; }
};

/// Reads the lease `name` and locks it until the end of the caller's transaction. Empty: nobody took it yet.
std::optional<lease_row> find_lease(session&, std::string const& name);

/// Writes the lease `name`; `found` is what `find_lease` returned in the same transaction.
void put_lease(session&, std::string const& name, lease_row const& row, std::optional<lease_row> const& found);

/// Takes or renews the lease `name` for `holder` until `length` from `now`, in the caller's transaction. False: another
/// holder has it.
bool take_lease(session&, std::string const& name, std::string const& holder, time_point now, duration length);
void give_lease_back(session&, std::string const& name, std::string const& holder);

} // namespace rulehost
