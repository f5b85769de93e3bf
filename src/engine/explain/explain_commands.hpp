#pragma once

#include "match/predicate.hpp"
#include "match/subject.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace rulehost {

/// Adds the details of a condition on commands to its account: the commands that come nearest to it, the nearest
/// first, each with its failed keys; for commands in order one account each.
void explain_commands(predicate const& asked, subject& on, boost::json::object& out);

/// The first commands of a line, each with its text and reading.
boost::json::array list_commands(line_commands& commands);

} // namespace rulehost
