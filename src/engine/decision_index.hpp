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

/// Sum of the decisions that hold for one tag: a disable is stronger than any clip, and of clips the lowest counts.
struct standing_decisions {
    bool disabled = false;
    bool observed = false;
    std::optional<double> confidence_max;
    decision_id by = 0; ///< the newest that disables, else the one with the lowest clip; 0: neither

    void add(decision const& made);
};

/// The decisions of a store, arranged so that those about one tag are found without asking each. Immutable; safe from any
/// thread.
class decision_index {
public:
    /// Skips decisions that are invalid.
    explicit decision_index(decision_map const& all);

    bool empty() const { return made_.empty(); }

    /// Adds the decisions that hold at `now` and select the rule by its id or name.
    void add_by_rule(standing_decisions& sum, rule_definition const& rule, event const& e, time_point now) const;
    /// Adds those that select what the rule claims by technique or tactic.
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

    /// The decisions of one selector, by one condition of their scope: an event looks up its own values.
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
    std::vector<std::pair<glob_set, group>> by_name_; ///< of folded names
};

/// Sum of the decisions that hold at `now` for a tag, as far as the tag tells: of the event's payload it has only the source
/// address.
standing_decisions about_tag(decision_index const& decided, tag const& made, time_point now);

/// Whether the decision is about a tag of the rule, for some event at some time.
bool selects(decision const& made, rule_definition const& rule);

/// The rules, each in the state that its own and the decisions sum up to at `now` for every event and every technique: the
/// effect of a decision on some of them only is not in it.
std::vector<compiled_rule_ptr> rules_as_decided(std::vector<compiled_rule_ptr> rules, decision_map const& decisions,
                                                time_point now);

/// The decisions and the states that lower something and have not ended at `now`, by id.
std::vector<decision> standing_at(time_point now, std::map<std::string, rule_state, std::less<>> const& states,
                                  decision_map const& decisions);

/// The decisions that count at one moment of the clock that they end by.
struct decisions_at {
    decision_index const* all = nullptr; ///< null: there are none
    time_point now;
};

} // namespace rulehost
