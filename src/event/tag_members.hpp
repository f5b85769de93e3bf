#pragma once

#include "text/json_members.hpp"

#include <rulehost/tag.hpp>

namespace rulehost {

/// Members about the event of a tag: time, attacker, sensor and origin.
void append_event_of(json_members& members, tag const& about);

/// Members about the finding of a rule: technique, confidence, rule.
void append_judgement(json_members& members, tag const& made);

} // namespace rulehost
