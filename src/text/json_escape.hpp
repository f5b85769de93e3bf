#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rulehost {

/// Appends a character as JSON writes it by number: `\u202e`, two of these beyond U+FFFF.
inline void append_json_escape(std::string& out, char32_t code_point) {
    auto const append_unit = [&out](std::uint32_t utf16) {
        constexpr std::string_view digits = "0123456789abcdef";
        out += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4)
            out += digits[utf16 >> shift & 15];
    };
    if (code_point < 0x10000) {
        append_unit(code_point);
        return;
    }
    append_unit(0xd800 + ((code_point - 0x10000) >> 10));
    append_unit(0xdc00 + ((code_point - 0x10000) & 0x3ff));
}

/// JSON with non-ASCII characters written by number; invalid UTF-8 becomes U+FFFD.
std::string ascii_json(std::string_view json);

} // namespace rulehost
