#pragma once

#include "store/database/database_lists.hpp"
#include "store/database/observation.hpp"
#include "store/state_table.hpp"

#include <rulehost/rule_change.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rulehost {

/// A worker's view of the database: the live rules with their last-known-good texts, the states, and the quarantine.
/// Pure: observations in, changes out.
class database_mirror {
public:
    struct outcome {
        std::vector<rule_change> changes;
        std::vector<diagnostic> findings;
        /// The database was replaced or reset to an older state: revisions restart, and readers must reload.
        std::optional<revision> restarted;
    };

    /// `gate` is called for rules that are read again after a change of a list; rules of an observation have passed it.
    explicit database_mirror(rule_gate gate) : gate_(std::move(gate)) {}

    /// Empty until something was observed or restored.
    std::optional<database_position> const& position() const { return position_; }
    live_rules const& live() const { return live_; }
    state_table const& states() const { return states_; }
    database_lists const& lists() const { return lists_; }

    /// An observation older than the current state changes nothing.
    outcome apply(observation seen, time_point now);
    /// Restores an earlier state, before anything was observed.
    void restore(database_position position, live_rules live, state_table states, rule_lists lists);

    rule_snapshot snapshot(time_point now) const;

private:
    void replace(observation::everything all, database_position position, time_point now, outcome& result);
    void apply(observed_change change, outcome& result);
    /// Reads again the rules that name, or may name, one of the lists. Returns those that go live.
    std::vector<std::shared_ptr<rule_definition const>> read_again(std::set<std::string> const& changed,
                                                                   rulehost::revision as_of, outcome& result);
    /// Makes the text live or quarantines it. Returns whether a live rule changed.
    void put(observed_rule rule, outcome& result);
    void fall_back(observed_rule const& rule, outcome& result);
    void quarantine_state(std::string const& rule_id, std::string const& why, outcome& result);
    void apply(observed_decision const& seen, observed_change const& by, outcome& result);
    void quarantine_decision(decision_id id, std::string const& why, outcome& result);

    rule_gate gate_;
    std::optional<database_position> position_;
    live_rules live_;
    state_table states_;
    database_lists lists_;
    rule_extent extent_ = rule_extent::whole;
    std::map<std::string, quarantined_rule> bad_rules_;
    std::map<std::string, quarantined_rule> bad_states_;
    std::map<decision_id, quarantined_rule> bad_decisions_;
    std::map<std::string, std::string> waiting_texts_; ///< of invalid rules, which may be valid with other lists
};

} // namespace rulehost
