#pragma once

#include <rulehost/change_subscription.hpp>
#include <rulehost/decision.hpp>
#include <rulehost/expiry_clock.hpp>
#include <rulehost/rule_change.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace rulehost {

/// A state was not written because the rule's state is no longer the expected one.
class state_conflict : public std::runtime_error {
public:
    state_conflict(std::string const& rule_id, rule_state current_);
    rule_state const current; ///< the current effective state
};

/// Rejection of an invalid state: `what()` is its `why_invalid`.
class invalid_state : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// The store cannot execute the call now (database away, disk full). Nothing changed.
class store_unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A store of rules and their operational states, with a stream of their changes.
///
/// Owned by the application. All members are called on the executor the store was made with (one thread or a strand)
/// and complete there; no call blocks it. Destroying a store ends its subscriptions (`subscription_ended`). Cancelling
/// a caller of any member neither interrupts nor undoes a read or write in progress; it takes effect at its next wait.
class rule_store {
public:
    rule_store() = default;
    rule_store(rule_store const&) = delete;
    rule_store& operator=(rule_store const&) = delete;
    virtual ~rule_store() = default;

    /// Every live rule with its effective state, the revision, and the quarantine. An invalid text never makes it fail.
    /// Throws `store_unavailable`.
    virtual boost::asio::awaitable<rule_snapshot> load_compiled() = 0;

    /// The effective state; the default state for an unknown id. Throws `store_unavailable`.
    virtual boost::asio::awaitable<rule_state> get_state(std::string rule_id) = 0;

    /// Stores a decision durably and emits one change. The rule need not exist yet. Returns what was stored (`set_by`,
    /// `set_at`, `revision` stamped). With `expected`, fails unless the effective state's revision equals it. Throws
    /// `invalid_state`, `state_conflict`, `store_unavailable`; then nothing changed.
    virtual boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                         std::optional<revision> expected = {}) = 0;

    /// Resets the rule to the default state, as a decision of `set_by`. Throws as `set_state` does. Emits nothing if
    /// there was no state.
    virtual boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                           std::optional<revision> expected = {}) = 0;

    /// Stores `wanted` durably beside the existing decisions, and emits one change. Returns what was stored (`id`,
    /// `set_at` stamped). Throws `invalid_state`, `store_unavailable`; then nothing changed.
    virtual boost::asio::awaitable<decision> decide(decision wanted) = 0;

    /// Ends a decision, as `by`. Returns the ended decision; empty if there is none with that id, and then emits
    /// nothing. Throws as `decide` does.
    virtual boost::asio::awaitable<std::optional<decision>> end_decision(decision_id id, std::string by) = 0;

    /// Subscribes to changes from now on, in order, buffered up to `capacity` until they are read. Registered before it
    /// returns. Subscribe, then `load_compiled`, then skip the changes that the snapshot contains: no gap and no
    /// duplicate.
    virtual change_subscription subscribe_changes(std::size_t capacity = 1024) = 0;

    /// The clock that states expire by; by default this machine's. Accurate after the first `load_compiled` and kept
    /// accurate.
    virtual expiry_clock expiries() const { return {}; }
};

} // namespace rulehost
