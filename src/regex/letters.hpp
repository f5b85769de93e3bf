#pragma once

namespace rulehost {

// Character tests for the syntax of Python's re: ASCII, independent of the locale.

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

constexpr bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

} // namespace rulehost
