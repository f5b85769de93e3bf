#pragma once

#include "engine/rule_run.hpp"
#include "match/subject.hpp"

#include <boost/json/object.hpp>

namespace rulehost {

/// Explains why the rule does or does not tag the event: each condition with its outcome and the text it matched, the
/// windows, the confidence step by step, and a verdict in words. Feeds no window and counts nothing.
boost::json::object explain_rule(live_rule const& live, subject& on, tagging_terms const& terms);

} // namespace rulehost
