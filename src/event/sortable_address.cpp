#include "event/sortable_address.hpp"

#include "text/network.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace rulehost {

namespace {

using bytes = std::array<std::uint8_t, 16>;

constexpr std::size_t bytes_before_v4 = 12; // of `::ffff:0:0`

bytes wrapped(address const& from) {
    if (from.kind == address::family::v6)
        return from.bytes;
    bytes all{};
    all[10] = all[11] = 0xff;
    std::copy_n(from.bytes.begin(), 4, all.begin() + bytes_before_v4);
    return all;
}

std::string digits_of(bytes const& all) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * all.size());
    for (auto const byte : all) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

} // namespace

std::string sortable_address(std::string_view text) {
    auto const found = address::parse(text);
    return found ? digits_of(wrapped(*found)) : std::string();
}

std::optional<address_range> address_range::parse(std::string_view text) {
    auto const range = network::parse(text);
    if (!range)
        return std::nullopt;
    auto first = wrapped(range->base());
    auto last = first;
    auto const is_v4 = range->base().kind == address::family::v4;
    for (auto bit = range->prefix() + (is_v4 ? 8 * bytes_before_v4 : 0); bit < 128; ++bit) {
        auto const mask = static_cast<std::uint8_t>(0x80 >> bit % 8);
        first[bit / 8] = static_cast<std::uint8_t>(first[bit / 8] & ~mask);
        last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | mask);
    }
    return address_range{digits_of(first), digits_of(last)};
}

} // namespace rulehost
