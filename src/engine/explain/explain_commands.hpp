#pragma once

#include "match/predicate.hpp"
#include "match/subject.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace rulehost {

/// Adds to the account of a condition on commands how far it holds: the commands that come nearest to it, the nearest
/// first, each with the keys that keep it from holding; for commands in order one account each.
void explain_commands(predicate const& asked, subject& on, boost::json::object& out);

/// The first commands of a line, each as its text and the reading that it comes from.
boost::json::array list_commands(line_commands& commands);

} // namespace rulehost
