#pragma once

#include "text/json_members.hpp"

#include <rulehost/tag.hpp>

namespace rulehost {

/// Members about the event of a tag: when it happened, who did it, on which sensor, and where it was read.
void append_event_of(json_members& members, tag const& about);

/// Members about what a rule says of it: technique, confidence, rule.
void append_judgement(json_members& members, tag const& made);

} // namespace rulehost
