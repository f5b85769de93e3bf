#pragma once

#include "engine/decision_index.hpp"

#include <rulehost/event.hpp>
#include <rulehost/rule_definition.hpp>

#include <vector>

namespace rulehost {

/// A technique that a matched rule claims, and its confidence.
struct claim {
    emission const* what = nullptr;
    double scaled = 0;     ///< the rule's confidence after `scaled_by`
    double confidence = 0; ///< the same after an operator's clip, which only lowers it
    standing_decisions decided;
};

/// The rule's claims about the event: each technique once, with the highest confidence of its emissions, and the
/// decisions about it. `state`: the rule's effective state.
std::vector<claim> claims_of(rule_definition const& definition, rule_state const& state, decisions_at const& decided,
                             event const& e);

} // namespace rulehost
