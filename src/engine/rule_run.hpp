#pragma once

#include "engine/live_rule.hpp"
#include "match/predicate.hpp"
#include "match/subject.hpp"

#include <rulehost/engine.hpp>

#include <optional>
#include <string>

namespace rulehost {

/// Event time: when the sensor saw it; `now` when it did not say.
time_point event_time(event const& e, time_point now);

/// The group an event belongs to; empty when it lacks a field that the correlation groups by.
std::optional<std::string> group_key(correlation const& by, event const& e);

/// What the event is to a window. `steps` as in window_entry.
window_entry entry_of(correlation const& by, std::uint32_t steps, event const& e, time_point now);

/// Which steps of a window the event satisfies; `outcome` becomes unknown when a limit kept that from being known.
std::uint32_t satisfied_steps(std::vector<predicate> const& steps, subject& on, match_detail& found, truth& outcome);

/// Asks one rule about the event, feeds its windows, and adds what it says to `result`.
void run_rule(live_rule const& live, rule_program::variant const& asked, subject& on, time_point now,
              double confidence_floor, evaluation& result);

} // namespace rulehost
