#pragma once

#include <rulehost/rule_state.hpp>

#include <string>

namespace rulehost::cli {

/// `disabled`, `clipped to 0.5`.
std::string state_text(rule_state const&);

/// The time until the state expires, in its two largest units (`3h59m`); empty for a state that stays.
std::string remaining_text(rule_state const&, time_point now);

} // namespace rulehost::cli
