#include "event/readable_text.hpp"

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

/// Length of the well-formed sequence at the start of `text` (Unicode 15, table 3-7), 0 when there is none.
std::size_t sequence_length(std::string_view text) {
    auto const b0 = byte_at(text, 0);
    auto const b1 = byte_at(text, 1);
    bool const third = within(byte_at(text, 2), 0x80, 0xBF);
    bool const fourth = within(byte_at(text, 3), 0x80, 0xBF);
    if (b0 < 0x80)
        return 1;
    if (within(b0, 0xC2, 0xDF))
        return within(b1, 0x80, 0xBF) ? 2 : 0;
    if (within(b0, 0xE0, 0xEF))
        return within(b1, b0 == 0xE0 ? 0xA0 : 0x80, b0 == 0xED ? 0x9F : 0xBF) && third ? 3 : 0;
    if (within(b0, 0xF0, 0xF4))
        return within(b1, b0 == 0xF0 ? 0x90 : 0x80, b0 == 0xF4 ? 0x8F : 0xBF) && third && fourth ? 4 : 0;
    return 0;
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

std::string with_valid_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size() + 64);
    while (!text.empty()) {
        auto const length = sequence_length(text);
        result += length > 0 ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
        text.remove_prefix(length > 0 ? length : 1);
    }
    return result;
}

std::string with_valid_json_text(std::string_view json) {
    auto const valid = with_valid_utf8(json);
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
