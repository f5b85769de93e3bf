#pragma once

#include <rulehost/rule_state.hpp>

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

enum class decision_effect {
    disable, ///< the tags are withheld
    clip,    ///< the confidence is at most `confidence_max`
    observe, ///< the tags are marked with `observe`
};

std::string_view to_string(decision_effect);
std::optional<decision_effect> decision_effect_from(std::string_view);

/// The revision at which a decision was made: no two decisions of a store share it.
using decision_id = revision;

/// An operator's decision about the tags of rules, for some events or all. Several may be in force for a rule at once:
/// a disable outranks every clip, and the lowest clip counts. A value; a class with constructors so that a temporary of
/// it is safe in a `co_await` under g++ 12.
class decision {
public:
    decision() {}
    decision(decision_effect effect_, std::vector<std::string> rules_) : effect(effect_), rules(std::move(rules_)) {}

    decision_id id = 0; ///< stamped by the store
    decision_effect effect = decision_effect::disable;
    std::optional<double> confidence_max; ///< in [0,1]; present exactly for a clip

    /// Selectors, at least one; the decision covers each tag that one of them selects, also of later rules: `R0018`, a
    /// glob over rule ids `R02*`, `name:` with a glob over rule names, `technique:T1059` (with its sub-techniques),
    /// `technique:T1059.004`, `tactic:TA0007`. Of a rule with several techniques, the last three select only the tags
    /// of theirs.
    std::vector<std::string> rules;
    /// Conditions `field=value` on an event, all of which hold; empty: every event. The field is `src_ip` (the value a
    /// network), an anchor (`attacker_uuid`, `identity_uuid`, `session_id`, `decky_id`), `source_kind`, or a path into
    /// the payload whose value, as text, is the given one; of a list, one of the first 64 elements.
    std::vector<std::string> scope;

    std::optional<time_point> starts_at; ///< empty: in force once it is made
    std::optional<time_point> ends_at;   ///< in force before it; empty: until it is ended
    std::string reason;
    std::string ticket;
    std::string set_by;
    std::optional<time_point> set_at; ///< stamped by the store

    friend bool operator==(decision const&, decision const&) = default;
};

/// By id.
using decision_map = std::map<decision_id, decision>;

/// Whether the decision is over at `now`: the single definition of its end. Pure.
bool has_ended(decision const& made, time_point now);

/// Whether `made` is in force at `now`: from its start to before its end. Pure.
bool holds(decision const& made, time_point now);

/// Empty if `made` is valid, else the reason, which quotes the invalid selector or condition.
std::string why_invalid(decision const& made);

/// The members by their names; empty ones are null.
boost::json::object to_json(decision const&);

/// The decision of `to_json`; `confidence_max` may also be a text. Throws `std::invalid_argument` with the name of a
/// malformed member; does not check `why_invalid`.
decision decision_from(boost::json::object const&);

/// One line for people: `clip R02* to 0.5 where src_ip=10.0.0.0/8, until 2026-12-01T10:00:00Z, by ops: noisy`. Control
/// characters are not escaped.
std::string summary_of(decision const& made);

/// The decision with the same effect as the state of a rule; its id is the state's revision. Empty for a state that
/// neither disables nor clips.
std::optional<decision> as_decision(std::string const& rule_id, rule_state const& state);

/// The state with the same effect on the one rule; empty if there is none: for several rules or a selector, a scope, a
/// start, a ticket, or `observe`.
std::optional<rule_state> as_state(decision const& made);

} // namespace rulehost
