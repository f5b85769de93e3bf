#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rulehost {

/// One character of UTF-8, or one byte that is none.
struct utf8_unit {
    std::size_t length = 1;
    char32_t code_point = 0;
    bool valid = false;
};

/// The unit at the front of `text`, which is not empty. Strict: no surrogates, no overlong forms.
utf8_unit first_unit(std::string_view text);

/// Offset of the first byte that is not UTF-8; `text.size()` when all of it is.
std::size_t valid_prefix(std::string_view text);

/// The beginning of `text`, at most `limit` bytes, that ends with a whole character.
std::string_view whole_characters(std::string_view text, std::size_t limit);

/// The same, with `...` behind it where something was cut.
std::string shortened(std::string_view text, std::size_t limit);

/// `text` with U+FFFD for every byte that is not UTF-8.
std::string to_valid_utf8(std::string_view text);

/// How many characters (or stray bytes) `text` has.
std::size_t count_units(std::string_view text);

/// Whether it is a control, or what a terminal or editor shows as nothing or uses to reorder what a person reads.
bool misleads(char32_t code_point);

} // namespace rulehost
