#pragma once

#include <rulehost/compiled_rule.hpp>
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

/// An edit of shared lists, and with it of every live rule that names them: all of it at once.
struct list_change {
    std::vector<std::string> names;                                  ///< of the lists that are new, other or gone
    std::vector<std::shared_ptr<rule_definition const>> definitions; ///< read with the new lists, by rule_id
};

/// One edit of one rule, or of lists. A class with constructors: safe as a temporary in a `co_await` under g++ 12.
class rule_change {
public:
    enum class kind { definition, state, lists };
    enum class origin { decision, expiry }; ///< of a state: somebody decided it, or an expiry reverted it

    /// The definition of `rule_id` became `definition`; null: it was deleted. Never carries a state: the
    /// reader stamps the rule from its own state table, which only state changes move.
    rule_change(rulehost::revision revision_, std::string rule_id_, std::shared_ptr<rule_definition const> definition_)
        : revision(revision_), rule_id(std::move(rule_id_)), value(std::move(definition_)) {}

    /// The state of `rule_id` became `state` (the default one for a revert or a clear).
    rule_change(rulehost::revision revision_, std::string rule_id_, rule_state state_, origin cause_ = origin::decision)
        : revision(revision_), rule_id(std::move(rule_id_)), value(std::move(state_)), cause(cause_) {}

    /// Without a rule_id.
    rule_change(rulehost::revision revision_, list_change lists_) : revision(revision_), value(std::move(lists_)) {}

    kind what() const { return static_cast<kind>(value.index()); }
    std::shared_ptr<rule_definition const> const& definition() const { return std::get<0>(value); }
    rule_state const& state() const { return std::get<1>(value); }
    list_change const& lists() const { return std::get<2>(value); }

    rulehost::revision revision;
    std::string rule_id;
    std::variant<std::shared_ptr<rule_definition const>, rule_state, list_change> value;
    origin cause = origin::decision;
};

/// A text that is not live: the newest text of a rule, of a file whose rule_id cannot be read, or of lists.
struct quarantined_rule {
    std::string rule_id; ///< empty when it could not be read, and for lists
    std::string path;
    std::vector<diagnostic> diagnostics;
    bool last_known_good = false; ///< an older text of the same rule is live meanwhile
};

/// A further check that a validated rule must pass before it goes live (its own tests). Errors quarantine the
/// rule. Called on the store's executor; pure.
using rule_gate = std::function<std::vector<diagnostic>(std::shared_ptr<rule_definition const> const&)>;

/// Whether rules are all there, or a master is still writing its rules for the first time.
enum class rule_extent { whole, part };

/// Contents of a store at one revision.
struct rule_snapshot {
    rulehost::revision revision = 0;
    std::vector<compiled_rule_ptr> rules; ///< every live rule with its effective state, by rule_id
    /// Every stored one, also of rules that do not exist, and an expired one until the store removes it: the clock that
    /// the snapshot was taken by may be corrected. An engine asks which is effective for each event.
    std::map<std::string, rule_state, std::less<>> states;
    std::vector<quarantined_rule> quarantine;
    std::set<std::string> kept; ///< live with an older text because the newer one is bad: rule_ids, lists as `$name`
    rule_extent extent = rule_extent::whole;
    rule_lists_ptr lists; ///< with which the rules were read; null: none
};

} // namespace rulehost
