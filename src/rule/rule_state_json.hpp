#pragma once

#include <rulehost/rule_state.hpp>

#include <boost/json/object.hpp>

namespace rulehost {

/// Reads what `to_json(rule_state)` writes, and the form of local snapshots: a missing text may be empty or `null`, and
/// `confidence_max` a number or a text with every digit. Throws std::exception for anything else.
rule_state rule_state_from_json(boost::json::object const& object);

} // namespace rulehost
