#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace rulehost {

using duration = std::chrono::microseconds;

/// An instant in UTC with microseconds, used in every table, message and interface of rulehost.
using time_point = std::chrono::sys_time<duration>;

/// RFC 3339 in UTC with six decimals: `2026-12-01T10:00:00.000000Z`.
std::string format_time(time_point);

/// Reads RFC 3339 and similar forms: date, `T` or a space, hours and minutes, optional seconds, optional fraction of
/// any length (cut to microseconds), then `Z` or a numeric offset (`+02:00`, `+0200`). Without an offset it is local
/// time, `zone` east of UTC. Anything else is `errc::invalid_argument`, including an instant outside the years 0000 to
/// 9999 UTC.
boost::system::result<time_point> parse_time(std::string_view, std::chrono::minutes zone = {});

/// Reads `10us`, `250ms`, `20s`, `5m`, `4h`, `7d` and sums of them, the larger unit first (`1h30m`). Never
/// negative, at most 1,000,000 days: added to the present it cannot overflow.
boost::system::result<duration> parse_duration(std::string_view);

/// The text in the largest units that `parse_duration` reads back as the same value: `4h`, `1h30m`, `250ms`.
std::string format_duration(duration);

/// For people: `3d4h`, `1h30m`, `4m10s`, and below a second `<1s`. Truncated, not rounded; negative values count as
/// zero.
std::string format_roughly(duration);

} // namespace rulehost
