#pragma once

#include "match/predicate.hpp"
#include "match/value/trigger.hpp"

#include <vector>

namespace rulehost {

/// Appends the gates of its tests and maps of commands, in the order of their numbers, each with the best list first.
void append_gates(predicate const& asked, std::vector<gate>& gates);

/// Rarity of a list: higher is better.
int worth(std::vector<trigger> const& list);

} // namespace rulehost
