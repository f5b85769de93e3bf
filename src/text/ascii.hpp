#pragma once

#include <string_view>

namespace rulehost {

/// Whether all of `text` is ASCII. Branch-free, so that it is nearly free.
inline bool is_ascii(std::string_view text) {
    unsigned char all = 0;
    for (char const c : text)
        all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
    return all < 0x80;
}

/// Whether `c` is a space, a tab or part of a line end.
constexpr bool is_white_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

} // namespace rulehost
