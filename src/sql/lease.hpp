#pragma once

#include "sql/session/session.hpp"

#include <rulehost/time_point.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// The database's current time; `replacement` is called instead, if there is one: tests run on virtual time.
time_point database_clock(session&, std::function<time_point()> const& replacement = {});

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

/// The turn of one worker to remove old rows of a table, for some minutes.
struct removal_turn {
    std::string_view lease; ///< its name
    std::string const& holder;
    std::function<time_point()> const& clock; ///< as of `database_clock`

    /// Takes or renews it in the caller's transaction. Returns the database's time; empty: it is another worker's.
    std::optional<time_point> take(session&) const;
};

} // namespace rulehost
