#pragma once

namespace rulehost {

/// The least confidence of a tag where an engine is not told another.
inline constexpr double default_confidence_floor = 0.3;

} // namespace rulehost
