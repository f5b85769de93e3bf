#pragma once

#include "engine/decision_index.hpp"
#include "engine/live_rule.hpp"
#include "engine/rule_index.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/rule_state.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// States other than the default, also of rules that do not exist.
using stored_states = std::map<std::string, rule_state, std::less<>>;

/// The live rules, states and decisions at one revision. The rules are in a large index and a few small ones over it,
/// so that a changed rule costs only a small index. Copies share everything. Immutable once it is published.
class rule_set {
public:
    struct layer {
        std::shared_ptr<rule_index const> index;
        std::vector<live_rule_ptr> rules; ///< as in the index, by rule_id; null: superseded or deleted
    };

    rule_set() = default;
    /// `rules` by rule_id, each once.
    explicit rule_set(std::vector<live_rule_ptr> rules);

    rulehost::revision revision = 0;
    std::shared_ptr<stored_states const> states = std::make_shared<stored_states>();         ///< never null
    std::shared_ptr<decision_map const> stored_decisions = std::make_shared<decision_map>(); ///< never null
    std::shared_ptr<decision_index const> decisions;                                         ///< of those; null: none

    std::vector<layer> const& layers() const { return layers_; }
    live_rule_ptr find(std::string_view rule_id) const; ///< null when it is not live
    std::vector<live_rule_ptr> rules() const;           ///< by rule_id

    /// Adds each, or replaces the rule of its id. One index is built for all; none for those with a mere new state.
    void put(std::vector<live_rule_ptr> rules);
    void remove(std::string_view rule_id);

    /// Whether the small indexes cost more than they save.
    bool is_scattered() const;
    /// The same rules over `base`, an index of an earlier version of them. Builds nothing: rules changed since stay in
    /// their small indexes.
    rule_set over(std::shared_ptr<rule_index const> base) const;

private:
    struct place {
        std::size_t layer;
        std::size_t offset;
    };

    std::optional<place> place_of(std::string_view rule_id) const;
    void add_layer(std::vector<live_rule_ptr> rules); ///< by rule_id
    void merge_small_layers();

    std::vector<layer> layers_;
};

/// The index of `rules`.
std::shared_ptr<rule_index const> make_index(std::vector<live_rule_ptr> const& rules);

} // namespace rulehost
