#pragma once

#include <rulehost/time_point.hpp>

#include <optional>
#include <string>

namespace rulehost {

/// Pause that a `Retry-After` header requests (RFC 9110, section 10.2.3: seconds or a date), at most 5 minutes: no server may
/// stop a client for longer. Empty if the header is missing or malformed.
std::optional<duration> parse_retry_after(std::string const& header, time_point now);

} // namespace rulehost
