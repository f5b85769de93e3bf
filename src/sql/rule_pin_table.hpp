#pragma once

#include "sql/session/session.hpp"

#include <rulehost/rule_pin.hpp>
#include <rulehost/time_point.hpp>

#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// The pins of `rule_id`, or of every rule if it is empty, by revision, including those that ended.
std::vector<rule_pin> rule_pins(session& sql, std::string const& rule_id);

/// The pin of a rule that stands.
std::optional<rule_pin> find_pin(session& sql, std::string const& rule_id);

void put_pin(session& sql, rule_pin const& pin);

/// Ends the pin of a rule; false: none stood.
bool end_pin(session& sql, std::string const& rule_id, std::string const& by, time_point now);

/// Removes pins that ended before `before`.
void trim_pins(session& sql, time_point before);

} // namespace rulehost
