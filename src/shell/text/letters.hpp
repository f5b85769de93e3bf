#pragma once

#include "text/hex.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rulehost::shell {

/// Classes of a byte for the lexer; several may apply.
enum letter : std::uint16_t {
    letter_ends_word = 1, // blank ; & | < > ( ) newline
    letter_quotes = 2,    // ' " \ $ `
    letter_patterns = 4,  // * ? [
    letter_brace = 8,     // {
    letter_name = 16,     // of a name: letters, digits, _
    letter_digit = 32,
    letter_in_quotes = 64,    // special inside double quotes: " \ $ `
    letter_reserved = 128,    // starts a reserved word
    letter_ends_simple = 256, // behind the words of a simple command: ; | ( ) newline
    letter_redirects = 512,   // may start a redirect
    letter_equals = 1024,     // =
    letter_skipped = 2048,    // between words: blank, tab, and \ in front of a newline
};

/// A word without any of these is its own value.
inline constexpr std::uint16_t letter_special = letter_ends_word | letter_quotes | letter_patterns | letter_brace;

inline constexpr auto letters = [] {
    std::array<std::uint16_t, 256> table{};
    auto const mark = [&table](char const* all, std::uint16_t what) {
        for (; *all != 0; ++all)
            table[static_cast<unsigned char>(*all)] =
                static_cast<std::uint16_t>(table[static_cast<unsigned char>(*all)] | what);
    };
    mark(" \t\n;&|<>()", letter_ends_word);
    mark("'\"\\$`", letter_quotes);
    mark("\"\\$`", letter_in_quotes);
    mark("*?[", letter_patterns);
    mark("{", letter_brace);
    mark("{}![cdefistuw", letter_reserved);
    mark("\n;|()", letter_ends_simple);
    mark("<>&{0123456789", letter_redirects);
    mark("=", letter_equals);
    mark(" \t\\", letter_skipped);
    mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", letter_name);
    mark("0123456789", letter_digit);
    return table;
}();

inline bool is(char c, std::uint16_t what) {
    return (letters[static_cast<unsigned char>(c)] & what) != 0;
}

inline bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

inline bool starts_name(char c) {
    return is(c, letter_name) && !is(c, letter_digit);
}

/// As `text == name`, without a call: the compiler knows the number of bytes to compare.
template <std::size_t Size>
bool same(std::string_view text, char const (&name)[Size]) {
    return text.size() == Size - 1 && std::memcmp(text.data(), name, Size - 1) == 0;
}

} // namespace rulehost::shell
