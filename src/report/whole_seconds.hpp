#pragma once

#include <rulehost/time_point.hpp>

#include <string>

namespace rulehost {

/// `2026-12-01T10:00:00Z`, for a person.
inline std::string whole_seconds(time_point at) {
    return format_time(at).substr(0, 19) + 'Z';
}

} // namespace rulehost
