#pragma once

#include "simulation/world.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/rule_definition.hpp>

#include <string>

namespace rulehost::simulation {

constexpr duration max_expiry = std::chrono::seconds{40}; ///< from now on

/// A decision of an operator, made at `now`.
decision some_decision(dice& random, time_point now, std::string const& by);

/// Whether a decision of `some_decision` selects a rule of the run.
bool selects(decision const& made, rule_definition const& rule);
/// Whether its scope covers the event of `worker::judge_tags`.
bool is_in_scope(decision const& made);

} // namespace rulehost::simulation
