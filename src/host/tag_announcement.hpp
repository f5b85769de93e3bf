#pragma once

#include <rulehost/bus.hpp>
#include <rulehost/tag.hpp>

#include <vector>

namespace rulehost {

/// Tells listeners of this process of tags that were stored: one `ttp.tagged` per event, one `ttp.rule.fired.*` per tag.
void announce(bus& listeners, std::vector<tag const*> const& fresh);

} // namespace rulehost
