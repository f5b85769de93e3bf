#pragma once

#include "match/predicate.hpp"
#include "match/trigger.hpp"

#include <rulehost/rule_definition.hpp>

#include <string>
#include <vector>

namespace rulehost {

/// The gate of a predicate, best list first.
gate gate_of(predicate const& asked);

/// The gates of its tests and of its maps of commands, in the order of their numbers.
void append_gates(predicate const& asked, std::vector<gate>& gates);

/// The gate of "one of several holds".
gate gate_of_any(std::vector<gate> const& several);

} // namespace rulehost
