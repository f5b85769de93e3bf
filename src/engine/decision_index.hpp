#pragma once

#include "match/value/glob.hpp"
#include "rule/decision_terms.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/event.hpp>
#include <rulehost/rule_change.hpp>
#include <rulehost/rule_definition.hpp>
#include <rulehost/tag.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rulehost {

/// Sum of the decisions in force for one tag: a disable outranks every clip, and the lowest clip counts.
struct standing_decisions {
    bool disabled = false;
    bool observed = false;
    std::optional<double> confidence_max;
    decision_id by = 0; ///< the newest that disables, else the one with the lowest clip; 0: neither

    void add(decision const& made);
};

/// Sum of what the rule's own text (`status: observe`) and its state decide about all of its tags. Pure.
standing_decisions decided_by(rule_definition const& rule, rule_state const& state);

/// Index of a store's decisions that finds those about a tag without testing each. Immutable; safe from any thread.
class decision_index {
public:
    /// Skips invalid decisions.
    explicit decision_index(decision_map const& all);

    bool empty() const { return made_.empty(); }

    /// Adds the decisions in force at `now` that select the rule by its id or name.
    void add_by_rule(standing_decisions& sum, rule_definition const& rule, event const& e, time_point now) const;
    /// Adds the decisions in force at `now` that select the claim by its technique or tactic.
    void add_by_claim(standing_decisions& sum, emission const& claimed, event const& e, time_point now) const;

private:
    struct scoped {
        decision made;
        std::vector<scope_term> scope;
    };
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template <class Value>
    using text_map = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

    /// The decisions of one selector, indexed by one condition of their scope: an event looks up its own values.
    struct group {
        struct by_value {
            scope_term::source of;
            field_path field;
            text_map<std::vector<scoped const*>> values;
        };

        std::vector<scoped const*> unscoped;
        std::vector<by_value> fields;
        /// By the length of the prefix, then by the masked address with its family in front.
        std::map<unsigned, text_map<std::vector<scoped const*>>> networks;

        void add(scoped const* made);
        void add_to(standing_decisions& sum, event const& e, time_point now) const;
    };

    static bool covers(scoped const& made, event const& e);
    static void add_if_covered(standing_decisions& sum, std::vector<scoped const*> const& all, event const& e,
                               time_point now);

    std::vector<std::unique_ptr<scoped const>> made_;
    text_map<group> by_id_;
    text_map<group> by_technique_;
    text_map<group> by_tactic_;
    std::vector<std::pair<glob_set, group>> by_id_glob_;
    std::vector<std::pair<glob_set, group>> by_name_; ///< globs over folded names
};

/// Sum of the decisions in force at `now` for a tag. Conditions on the payload see only the source address: a tag has
/// no more of it.
standing_decisions about_tag(decision_index const& decided, tag const& made, time_point now);

/// Whether the decision selects a tag of the rule, for some event at some time.
bool selects(decision const& made, rule_definition const& rule);

/// The rules, each in the state that results at `now` from its own state and the decisions about all of its tags.
/// Ignores decisions about some events or techniques only.
std::vector<compiled_rule_ptr> rules_as_decided(std::vector<compiled_rule_ptr> rules, decision_map const& decisions,
                                                time_point now);

/// Decisions that have not ended at `now`, including the states that disable or clip a rule; by id.
std::vector<decision> standing_at(time_point now, std::map<std::string, rule_state, std::less<>> const& states,
                                  decision_map const& decisions);

/// The decisions at one instant of their expiry clock.
struct decisions_at {
    decision_index const* all = nullptr; ///< null: there are none
    time_point now;
};

} // namespace rulehost
