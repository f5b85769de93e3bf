#pragma once

#include <rulehost/time_point.hpp>

#include <string>
#include <string_view>

namespace rulehost {

/// `2026-12-01T10:00:00Z`, for a person.
inline std::string whole_seconds(time_point at) {
    return format_time(at).substr(0, std::string_view("2026-12-01T10:00:00").size()) + 'Z';
}

} // namespace rulehost
