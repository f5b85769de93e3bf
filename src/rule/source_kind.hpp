#pragma once

#include <array>
#include <string_view>

namespace rulehost {

/// A kind of event that rulehost's own adapters produce, and what a condition without `field` looks at.
struct source_kind {
    std::string_view name;
    std::string_view default_field; ///< empty: a condition must name its field
};

inline constexpr std::array known_source_kinds{
    source_kind{"command", "command_text"},
    source_kind{"http_request", "raw_url"},
    source_kind{"email", "subject"},
    source_kind{"intel", "verdict"},
    source_kind{"canary_fingerprint", "ua_signature"},
    source_kind{"auth_attempt", "username"},
    source_kind{"payload", "payload_text"},
    source_kind{"session", {}},
    source_kind{"file_transfer", {}},
    source_kind{"client_fingerprint", {}},
    source_kind{"identity", {}},
    source_kind{"credential", {}},
    source_kind{"ipv6_leak", {}},
    source_kind{"canary", {}},
};

} // namespace rulehost
