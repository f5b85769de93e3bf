#include "text/network.hpp"

#include "text/number.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace rulehost {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(address const& a) {
    return a.kind == address::family::v6 && std::equal(mapped_prefix.begin(), mapped_prefix.end(), a.bytes.begin());
}

address unmapped(address const& a) {
    address out;
    std::copy(a.bytes.begin() + 12, a.bytes.end(), out.bytes.begin());
    return out;
}

std::optional<address> parse_as_written(std::string_view text) {
    // inet_pton needs a terminated string; a longer text is no address.
    std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
    if (text.empty() || text.size() >= terminated.size() || text.find('\0') != std::string_view::npos)
        return {};
    std::memcpy(terminated.data(), text.data(), text.size());
    address out;
    if (inet_pton(AF_INET, terminated.data(), out.bytes.data()) == 1)
        return out;
    out.kind = address::family::v6;
    if (inet_pton(AF_INET6, terminated.data(), out.bytes.data()) == 1)
        return out;
    return {};
}

} // namespace

std::optional<address> address::parse(std::string_view text) {
    // The zone of a link-local address (`fe80::1%eth0`) names an interface of the sender, not a place.
    auto found = parse_as_written(text.substr(0, text.find('%')));
    return found && is_mapped(*found) ? unmapped(*found) : found;
}

std::optional<network> network::parse(std::string_view text) {
    auto const slash = text.find('/');
    auto base = parse_as_written(text.substr(0, slash));
    if (!base)
        return {};
    unsigned const width = base->kind == address::family::v4 ? 32 : 128;
    unsigned prefix = width;
    if (slash != std::string_view::npos) {
        auto const length = parse_number<unsigned>(text.substr(slash + 1));
        if (!length || *length > width)
            return {};
        prefix = *length;
    }
    if (is_mapped(*base) && prefix >= 96)
        return network{unmapped(*base), prefix - 96};
    return network{*base, prefix};
}

bool network::contains(address const& a) const {
    if (a.kind != base_.kind)
        return false;
    auto const whole = prefix_ / 8;
    if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, base_.bytes.begin()))
        return false;
    auto const rest = prefix_ % 8;
    if (rest == 0)
        return true;
    auto const differing = static_cast<unsigned>(a.bytes[whole] ^ base_.bytes[whole]);
    return (differing >> (8 - rest)) == 0;
}

} // namespace rulehost
