#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// The 16 bytes of an address as 32 hexadecimal digits, an IPv4 address as the IPv6 address that wraps it
/// (`::ffff:192.0.2.1`): they sort as addresses do. Empty if `text` is not an address.
std::string sortable_address(std::string_view text);

/// The first and the last address of a network, as above.
struct address_range {
    std::string first;
    std::string last;

    /// `10.0.0.0/8`, `2001:db8::/32`, or an address alone; bits beyond the prefix are ignored. Empty if `text` is not a
    /// network.
    static std::optional<address_range> parse(std::string_view text);
};

} // namespace rulehost
