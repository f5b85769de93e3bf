#pragma once

#include <rulehost/decision.hpp>
#include <rulehost/rule_state.hpp>

#include <optional>
#include <string>

namespace rulehost::cli {

/// `disabled`, `clipped to 0.5`.
std::string state_text(rule_state const&);

/// `disabled`, `clipped to 0.5`, `observed`.
std::string effect_text(decision const&);

/// The time until `end`, in its two largest units (`3h59m`); empty without an end.
std::string remaining_text(std::optional<time_point> end, time_point now);

/// `decision 17 (disabled by ops until 2026-12-01T10:00:00Z: noisy)`.
std::string mention_of(decision const&);

} // namespace rulehost::cli
