#pragma once

#include <rulehost/event.hpp>
#include <rulehost/tag.hpp>

#include <string_view>

namespace rulehost {

/// Sets the members of a tag that describe its event: ids, time and source (`src` or `src_ip` of the payload, and
/// `src_port`).
void describe_event(event const& e, tag& made);

/// The source address as the producer wrote it, `src` or `src_ip` of the payload; empty when there is none.
std::string_view source_address(event const& e);

} // namespace rulehost
