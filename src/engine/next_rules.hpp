#pragma once

#include "engine/rule_set.hpp"
#include "engine/window.hpp"

#include <rulehost/rule_change.hpp>

namespace rulehost {

/// The rules of `snapshot`; those with an unchanged definition share the compiled form, counters and windows of
/// `before`. Pure.
rule_set next_rules(rule_set const& before, rule_snapshot const& snapshot, window_limits limits);

/// The rules of `before` after `change`. Pure.
rule_set next_rules(rule_set const& before, rule_change const& change, window_limits limits);

} // namespace rulehost
