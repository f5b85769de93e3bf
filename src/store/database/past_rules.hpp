#pragma once

#include "sql/rule_history.hpp"

#include <rulehost/rule_store.hpp>
#include <rulehost/time_point.hpp>

#include <cstddef>

namespace rulehost {

/// Maximum number of former texts of an invalid rule that are tried for its last good one.
inline constexpr std::size_t former_texts_tried = 20;

/// The rules and states of a worker at the revision of `past`, effective at `now`.
/// An invalid rule has its last good text, as far as the history reaches. Throws database_error.
rule_snapshot rules_of(rule_history const& history, past_contents past, rule_gate const& admit, time_point now);

} // namespace rulehost
