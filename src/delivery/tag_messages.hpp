#pragma once

#include "sql/outbox_row.hpp"

#include <rulehost/tag.hpp>

#include <vector>

namespace rulehost {

/// Messages about new tags: `ttp.tagged` once for each event, without tags that are only observed, then `ttp.rule.fired.{technique}` for each of its tags.
/// The ids derive from the uuids of the tags, and a tag is new only once, so the id of a message never changes.
/// Payloads hold no evidence, since an attacker controls it.
std::vector<outbox_row> messages_about(std::vector<tag const*> const& fresh);

} // namespace rulehost
