#include "event/sortable_address.hpp"

#include "text/number.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <array>
#include <cstddef>

namespace rulehost {

namespace {

using bytes = boost::asio::ip::address_v6::bytes_type;

constexpr std::size_t max_text = 64;    // with a zone; longer texts are not looked at
constexpr unsigned bits_before_v4 = 96; // of `::ffff:0:0`

struct parsed_address {
    bytes all{};
    bool is_v4 = false;
};

/// Most are of version 4, and what begins with that costs half of what `make_address` does.
std::optional<parsed_address> parsed(std::string_view text) {
    if (text.size() > max_text)
        return std::nullopt;
    boost::system::error_code no_address;
    auto const short_one = boost::asio::ip::make_address_v4(text, no_address);
    parsed_address result;
    if (!no_address) {
        result.is_v4 = true;
        result.all[10] = result.all[11] = 0xff;
        auto const four = short_one.to_bytes();
        for (std::size_t i = 0; i < four.size(); ++i)
            result.all[12 + i] = four[i];
        return result;
    }
    auto const long_one = boost::asio::ip::make_address_v6(text, no_address);
    if (no_address)
        return std::nullopt;
    result.all = long_one.to_bytes();
    return result;
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
    auto const address = parsed(text);
    return address ? digits_of(address->all) : std::string();
}

std::optional<address_range> address_range::parse(std::string_view text) {
    auto const slash = text.find('/');
    auto const address = parsed(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    unsigned prefix = 128;
    if (slash != text.npos) {
        auto const written = parse_number<unsigned>(text.substr(slash + 1));
        if (!written || *written > (address->is_v4 ? 32u : 128u))
            return std::nullopt;
        prefix = *written + (address->is_v4 ? bits_before_v4 : 0);
    }
    auto first = address->all;
    auto last = address->all;
    for (unsigned bit = prefix; bit < 128; ++bit) {
        auto const mask = static_cast<unsigned char>(0x80 >> bit % 8);
        first[bit / 8] = static_cast<unsigned char>(first[bit / 8] & ~mask);
        last[bit / 8] = static_cast<unsigned char>(last[bit / 8] | mask);
    }
    return address_range{digits_of(first), digits_of(last)};
}

} // namespace rulehost
