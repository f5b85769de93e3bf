#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rulehost {

/// An IPv4 or IPv6 address. IPv6 addresses that only wrap an IPv4 one (`::ffff:10.0.0.1`) are that IPv4 address.
struct address {
    enum class family { v4, v6 };

    family kind = family::v4;
    std::array<std::uint8_t, 16> bytes{}; ///< network order; the first four for v4

    static std::optional<address> parse(std::string_view text);
};

/// A CIDR network, `10.0.0.0/8` or `2001:db8::/32`; an address alone is a network of one.
class network {
public:
    static std::optional<network> parse(std::string_view text);

    bool contains(address const&) const;

    address const& base() const { return base_; }
    unsigned prefix() const { return prefix_; }

private:
    network(address base, unsigned prefix) : base_(base), prefix_(prefix) {}

    address base_;
    unsigned prefix_;
};

} // namespace rulehost
