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

    /// Takes it, or keeps it for its whole length from now on. False: somebody else holds it. Throws
    /// `store_unavailable`.
    boost::asio::awaitable<bool> take();

    /// To be called before a write: a master that was stopped for a while must not write on with a lease that has run
    /// out, and a pass that takes longer than a lease lasts renews it. Throws `lease_lost` when it is not held any
    /// more.
    boost::asio::awaitable<void> renew();

    /// Gives it back if it is held; a failure is ignored, as it runs out by itself.
    boost::asio::awaitable<void> give_back();

private:
    database_rule_store& database_;
    time_source& time_;
    lease_claim claim_;
    duration length_;
    time_point until_{}; ///< by our clock, counted from before the lease was asked for; epoch: not held
};

} // namespace rulehost
