#pragma once

#include "match/predicate.hpp"

#include <rulehost/rule_definition.hpp>

#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// Something cheap to look for in an event: a word in the texts at `field`, or (no word) that `field` is there.
struct trigger {
    field_path field;
    std::string word; ///< lower-case, looked for with letter case aside
};

/// A predicate can only hold when each of these lists has a trigger that occurs. No lists: it may hold anyway.
/// An empty list: it never holds.
using gate = std::vector<std::vector<trigger>>;

/// The gate of a predicate, best list first.
gate gate_of(predicate const& asked);

/// The gate of "one of several holds".
gate gate_of_any(std::vector<gate> const& several);

} // namespace rulehost
