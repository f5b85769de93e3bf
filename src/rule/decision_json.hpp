#pragma once

#include <rulehost/decision.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>

namespace rulehost {

/// `number` as a text with all digits, which reads back as the same number; null if empty.
boost::json::value exact_number(std::optional<double> number);

/// As `to_json`, for files: `confidence_max` is an `exact_number`.
boost::json::object to_exact_json(decision const& made);

} // namespace rulehost
