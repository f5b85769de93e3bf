#pragma once

#include "engine/live_rule.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/rule_state.hpp>

#include <map>
#include <string>
#include <vector>

namespace rulehost {

/// Digest that is equal exactly if the rules, states and decisions are. `rules` are sorted by rule_id.
std::string digest_of(std::vector<live_rule_ptr> const& rules,
                      std::map<std::string, rule_state, std::less<>> const& states, decision_map const& decisions);

} // namespace rulehost
