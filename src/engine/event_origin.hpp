#pragma once

#include <rulehost/event.hpp>
#include <rulehost/tag.hpp>

namespace rulehost {

/// Fills in what a tag says of its event: ids, time and source. The source is `src` or `src_ip` of the payload, with
/// `src_port`.
void describe_event(event const& e, tag& made);

} // namespace rulehost
