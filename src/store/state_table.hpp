#pragma once

#include "store/end_times.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/rule_state.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

/// The stored states of a store by rule, and its decisions by id, both ordered by expiry as well. Pure: time is an
/// argument.
class state_table {
public:
    /// The stored state, expired or not; null if there is none.
    rule_state const* find(std::string_view rule_id) const;
    /// The effective state at `now`; the default state for an unknown rule.
    rule_state effective(std::string_view rule_id, time_point now) const;
    std::map<std::string, rule_state, std::less<>> const& stored() const { return states_; }

    void put(std::string const& rule_id, rule_state state);
    /// False if there was none.
    bool remove(std::string_view rule_id);

    /// Excludes the stored state from `next_expiry` and `expired`.
    void remove_expiry(std::string_view rule_id);

    decision_map const& decisions() const { return decisions_; }
    /// Adds or replaces a decision by its id.
    void put(decision made);
    /// False if there was none.
    bool remove_decision(decision_id id);
    /// Excludes the decision from `next_expiry` and `ended`.
    void remove_end(decision_id id);

    /// The first instant at which a stored state expires or a decision ends.
    std::optional<time_point> next_expiry() const;
    /// States that have expired at `now`, the earliest first: rule_id and the revision that expired.
    std::vector<std::pair<std::string, revision>> expired(time_point now) const;
    /// Decisions that have ended at `now`, the earliest first.
    std::vector<decision_id> ended(time_point now) const { return ends_.past(now); }
    /// Removes the state only if its revision is still `expected`: compare and delete.
    bool remove_if(std::string_view rule_id, revision expected);

private:
    std::map<std::string, rule_state, std::less<>> states_;
    end_times<std::string> expiries_;
    decision_map decisions_;
    end_times<decision_id> ends_;
};

/// Throws `invalid_state` unless `state`, with its `set_by`, may be stored for `rule_id`: the check of every store
/// before a write.
void require_storable(std::string_view rule_id, rule_state const& state);

/// The same for a decision, with its `set_by`.
void require_storable(decision const& made);

/// Throws `invalid_state` if a new decision has already ended at `now`.
void require_not_over(decision const& made, time_point now);

/// The same for the author of a decision.
void require_author(std::string_view set_by);

/// Throws `state_conflict` unless `current`, the effective state of the rule, has the revision `expected`; empty: any.
void require_revision(std::optional<revision> expected, std::string const& rule_id, rule_state const& current);

} // namespace rulehost
