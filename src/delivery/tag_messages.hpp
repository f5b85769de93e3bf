#pragma once

#include "sql/outbox_row.hpp"

#include <rulehost/tag.hpp>

#include <vector>

namespace rulehost {

/// Messages about new tags: `ttp.tagged` once for each event, then
/// `ttp.rule.fired.{technique}` for each of its tags. The ids are made of the uuids of the tags, and a tag is new only
/// once, so a message has one id for ever. Payloads hold no evidence: it may be anything that an attacker typed.
std::vector<outbox_row> messages_about(std::vector<tag const*> const& fresh);

} // namespace rulehost
