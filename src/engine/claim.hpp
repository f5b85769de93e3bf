#pragma once

#include "engine/decision_index.hpp"

#include <rulehost/event.hpp>
#include <rulehost/rule_definition.hpp>

#include <vector>

namespace rulehost {

/// One technique that a rule which matched claims, and how sure it is.
struct claim {
    emission const* what = nullptr;
    double scaled = 0;     ///< the rule's confidence after `scaled_by`
    double confidence = 0; ///< and after an operator's clip, which only lowers it
    standing_decisions decided;
};

/// Each technique once, with the highest confidence of all emissions that name it, and the decisions about it. `state`:
/// the effective one of the rule.
std::vector<claim> claims_of(rule_definition const& definition, rule_state const& state, decisions_at const& decided,
                             event const& e);

} // namespace rulehost
