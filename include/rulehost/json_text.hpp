#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace rulehost {

/// Appends `value` to `out` as one line of JSON without a line break, members in their order. Differs from
/// boost::json::serialize in its numbers: 0.85 instead of 8.5E-1, the shortest text that reads back as the same number,
/// with a point or an exponent so that it stays a floating-point number; and in control, invisible and bidirectional
/// characters, which are written by number (`\u202e`). It reads back the same. Safe from any thread.
void append_json(std::string& out, boost::json::value const& value);

/// The same for an object, without copying it into a value.
void append_json(std::string& out, boost::json::object const& object);

std::string json_text(boost::json::value const& value);
std::string json_text(boost::json::object const& object);

} // namespace rulehost
