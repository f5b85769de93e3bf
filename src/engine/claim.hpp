#pragma once

#include <rulehost/event.hpp>
#include <rulehost/rule_definition.hpp>
#include <rulehost/rule_state.hpp>

#include <vector>

namespace rulehost {

/// One technique that a rule which matched claims, and how sure it is.
struct claim {
    emission const* what = nullptr;
    double scaled = 0;     ///< the rule's confidence after `scaled_by`
    double confidence = 0; ///< and after the operator's clip, which only lowers it
};

/// Each technique once, with the highest confidence of all emissions that name it.
std::vector<claim> claims_of(rule_definition const& definition, rule_state const& effective_state, event const& e);

} // namespace rulehost
