#pragma once

namespace rulehost {

/// Default of the minimum confidence of a tag.
inline constexpr double default_confidence_floor = 0.3;

} // namespace rulehost
