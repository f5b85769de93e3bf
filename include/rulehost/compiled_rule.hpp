#pragma once

#include <rulehost/rule_definition.hpp>
#include <rulehost/rule_state.hpp>

#include <memory>
#include <utility>

namespace rulehost {

/// A validated rule, ready to evaluate, with its operational state. Immutable; a new state is cheap, since the
/// definition with its compiled expressions is shared.
class compiled_rule {
public:
    compiled_rule(std::shared_ptr<rule_definition const> definition, rule_state state)
        : definition_(std::move(definition)), state_(std::move(state)) {}

    rule_definition const& definition() const { return *definition_; }
    std::shared_ptr<rule_definition const> const& shared_definition() const { return definition_; }
    rule_state const& state() const { return state_; }

private:
    std::shared_ptr<rule_definition const> definition_;
    rule_state state_;
};

using compiled_rule_ptr = std::shared_ptr<compiled_rule const>;

} // namespace rulehost
