#pragma once

#include "sql/rule_history.hpp"

#include <rulehost/rule_store.hpp>
#include <rulehost/time_point.hpp>

namespace rulehost {

/// The rules and states that a worker had that followed the store at the revision of `past`, as they counted at `now`.
/// A rule whose text was bad has the last good one before it, as far as the history reaches. Throws database_error.
rule_snapshot rules_of(rule_history const& history, past_contents past, rule_gate const& admit, time_point now);

} // namespace rulehost
