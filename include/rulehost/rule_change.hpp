#pragma once

#include <rulehost/compiled_rule.hpp>
#include <rulehost/decision.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_lists.hpp>
#include <rulehost/rule_state.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost {

/// An atomic edit of shared lists and of every live rule that names them.
struct list_change {
    std::vector<std::string> names;                                  ///< of lists that were added, changed or removed
    std::vector<std::shared_ptr<rule_definition const>> definitions; ///< parsed with the new lists, by rule_id
};

/// A decision that was made or changed, or that ended.
struct decision_change {
    decision_id id = 0;
    std::optional<decision> made; ///< empty: it ended
};

/// One edit of one rule, of lists, or of a decision. A class with constructors: safe as a temporary in a `co_await`
/// under g++ 12.
class rule_change {
public:
    enum class kind { definition, state, lists, decision };
    enum class origin { decision, expiry }; ///< cause of a change of a state or a decision: a person, or its expiry

    /// The definition of `rule_id` became `definition`; null: it was deleted. Never carries a state: the reader takes
    /// it from its own state table, which only state changes modify.
    rule_change(rulehost::revision revision_, std::string rule_id_, std::shared_ptr<rule_definition const> definition_)
        : revision(revision_), rule_id(std::move(rule_id_)), value(std::move(definition_)) {}

    /// The state of `rule_id` became `state` (the default one for a revert or a clear).
    rule_change(rulehost::revision revision_, std::string rule_id_, rule_state state_, origin cause_ = origin::decision)
        : revision(revision_), rule_id(std::move(rule_id_)), value(std::move(state_)), cause(cause_) {}

    /// Without a rule_id.
    rule_change(rulehost::revision revision_, list_change lists_) : revision(revision_), value(std::move(lists_)) {}

    /// Without a rule_id: the rules are those that the decision selects.
    rule_change(rulehost::revision revision_, decision_change decision_, origin cause_ = origin::decision)
        : revision(revision_), value(std::move(decision_)), cause(cause_) {}

    kind what() const { return static_cast<kind>(value.index()); }
    std::shared_ptr<rule_definition const> const& definition() const { return std::get<0>(value); }
    rule_state const& state() const { return std::get<1>(value); }
    list_change const& lists() const { return std::get<2>(value); }
    decision_change const& decided() const { return std::get<3>(value); }

    rulehost::revision revision;
    std::string rule_id;
    std::variant<std::shared_ptr<rule_definition const>, rule_state, list_change, decision_change> value;
    origin cause = origin::decision;
};

/// A quarantined text: the newest text of a rule, of a file with an unreadable rule_id, or of lists.
struct quarantined_rule {
    std::string rule_id; ///< empty if unreadable, and for lists
    std::string path;
    std::vector<diagnostic> diagnostics;
    bool last_known_good = false; ///< an older text of the same rule is still live
};

/// An additional check that a validated rule must pass before it goes live (its own tests). Errors quarantine the rule.
/// Called on the store's executor; pure.
using rule_gate = std::function<std::vector<diagnostic>(std::shared_ptr<rule_definition const> const&)>;

/// Whether the rules are complete, or a master's initial sync is still running.
enum class rule_extent { whole, part };

/// Contents of a store at one revision.
struct rule_snapshot {
    rulehost::revision revision = 0;
    std::vector<compiled_rule_ptr> rules; ///< every live rule with its effective state, by rule_id
    /// Every stored state, including those of rules that do not exist, and expired ones until the store removes them:
    /// the clock of the snapshot may be corrected. An engine decides for each event which is effective.
    std::map<std::string, rule_state, std::less<>> states;
    decision_map decisions; ///< every stored one, as with states
    std::vector<quarantined_rule> quarantine;
    std::set<std::string> kept; ///< live with an older text since the newer one is invalid: rule_ids, lists as `$name`
    rule_extent extent = rule_extent::whole;
    rule_lists_ptr lists; ///< the lists that the rules were read with; null: none
};

} // namespace rulehost
