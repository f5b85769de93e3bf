#include "event/readable_text.hpp"

#include "text/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace rulehost {

namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
}

bool within(unsigned byte, unsigned first, unsigned last) {
    return byte >= first && byte <= last;
}

std::optional<unsigned> hex_digit(unsigned c) {
    if (within(c, '0', '9'))
        return c - '0';
    if (within(c | 0x20u, 'a', 'f'))
        return (c | 0x20u) - 'a' + 10;
    return {};
}

/// The code unit of a `\uXXXX` at the start of `text`.
std::optional<unsigned> escaped_unit(std::string_view text) {
    if (!text.starts_with("\\u"))
        return {};
    unsigned unit = 0;
    for (std::size_t at = 2; at < 6; ++at) {
        auto const digit = hex_digit(byte_at(text, at));
        if (!digit)
            return {};
        unit = unit * 16 + *digit;
    }
    return unit;
}

} // namespace

std::string with_valid_json_text(std::string_view json) {
    auto const valid = to_valid_utf8(json);
    std::string result;
    result.reserve(valid.size());
    auto const take = [&result](std::string_view& rest, std::size_t size) {
        result += rest.substr(0, size);
        rest.remove_prefix(size);
    };
    bool in_string = false;
    for (std::string_view rest = valid; !rest.empty();) {
        auto const first = byte_at(rest, 0);
        if (in_string && first < 0x20) {
            result += "\\u00";
            result += "0123456789abcdef"[first >> 4];
            result += "0123456789abcdef"[first & 0xF];
            rest.remove_prefix(1);
            continue;
        }
        if (first != '\\' || rest.size() == 1) {
            in_string ^= first == '"';
            take(rest, 1);
            continue;
        }
        auto const unit = escaped_unit(rest);
        if (!unit) {
            take(rest, 2);
        } else if (!within(*unit, 0xD800, 0xDFFF)) {
            take(rest, 6);
        } else if (auto const low = escaped_unit(rest.substr(6));
                   *unit < 0xDC00 && low && within(*low, 0xDC00, 0xDFFF)) {
            take(rest, 12);
        } else {
            result += "\\ufffd";
            rest.remove_prefix(6);
        }
    }
    return result;
}

} // namespace rulehost
