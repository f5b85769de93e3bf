#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/lease.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <utility>

namespace rulehost {

/// A lease of a database that one holder takes and keeps. Used on one executor; the references outlive it.
class held_lease {
public:
    held_lease(database_rule_store& database, time_source& time, lease_claim claim, duration length)
        : database_(database), time_(time), claim_(std::move(claim)), length_(length) {}

    lease_claim const& claim() const { return claim_; }

    /// Takes or renews the lease for its whole length from now on. False: another holder has it. Throws
    /// `store_unavailable`.
    boost::asio::awaitable<bool> take();

    /// Call it before a write: renews the lease during a long pass, and stops a suspended master whose lease has
    /// expired. Throws `lease_lost` if it is no longer held.
    boost::asio::awaitable<void> renew();

    /// Releases it if it is held; ignores a failure, as the lease expires.
    boost::asio::awaitable<void> give_back();

private:
    database_rule_store& database_;
    time_source& time_;
    lease_claim claim_;
    duration length_;
    time_point until_{}; ///< by our clock, from before the request; epoch: not held
};

} // namespace rulehost
