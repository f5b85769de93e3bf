#pragma once

#include <string_view>

namespace rulehost {

/// Version of this header. CMakeLists.txt reads it.
inline constexpr int version_major = 0;
inline constexpr int version_minor = 2;
inline constexpr int version_patch = 0;
inline constexpr std::string_view version = "0.2.0";

} // namespace rulehost
