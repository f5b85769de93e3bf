#pragma once

#include "text/hex.hpp"

#include <array>
#include <cstdint>

namespace rulehost::shell {

/// The meanings of a byte to the lexer; several may hold.
enum letter : std::uint8_t {
    letter_ends_word = 1, // blank ; & | < > ( ) newline
    letter_quotes = 2,    // ' " \ $ `
    letter_patterns = 4,  // * ? [
    letter_brace = 8,     // {
    letter_name = 16,     // of a name: letters, digits, _
    letter_digit = 32,
    letter_reserved = 128, // starts a reserved word
    letter_in_quotes = 64, // special inside double quotes: " \ $ `
};

inline constexpr auto letters = [] {
    std::array<std::uint8_t, 256> table{};
    auto const mark = [&table](char const* all, std::uint8_t what) {
        for (; *all != 0; ++all)
            table[static_cast<unsigned char>(*all)] |= what;
    };
    mark(" \t\n;&|<>()", letter_ends_word);
    mark("'\"\\$`", letter_quotes);
    mark("\"\\$`", letter_in_quotes);
    mark("*?[", letter_patterns);
    mark("{", letter_brace);
    mark("{}![cdefistuw", letter_reserved);
    mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", letter_name);
    mark("0123456789", letter_digit);
    return table;
}();

inline bool is(char c, std::uint8_t what) {
    return (letters[static_cast<unsigned char>(c)] & what) != 0;
}

inline bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

inline bool starts_name(char c) {
    return is(c, letter_name) && !is(c, letter_digit);
}

} // namespace rulehost::shell
