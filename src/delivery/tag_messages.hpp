#pragma once

#include "sql/outbox_row.hpp"
#include "sql/tag_query.hpp"

#include <rulehost/tag.hpp>

#include <vector>

namespace rulehost {

/// Messages about new tags: `ttp.tagged` once for each event, without tags that are only observed, then `ttp.rule.fired.{technique}` for each of its tags.
/// The ids derive from the uuids of the tags, and a tag is new only once, so the id of a message never changes.
/// Payloads hold no evidence, since an attacker controls it.
std::vector<outbox_row> messages_about(std::vector<tag const*> const& fresh);

/// Messages about tags that were retracted: `ttp.tag.retracted`, one for each. Ids and payloads as above.
std::vector<outbox_row> messages_about_retracted(std::vector<tag const*> const& tags, retraction const& why);

} // namespace rulehost
