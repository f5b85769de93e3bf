#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rulehost {

/// U+FEFF, with which some editors begin a UTF-8 file.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// One UTF-8 character, or one invalid byte.
struct utf8_unit {
    std::size_t length = 1;
    char32_t code_point = 0;
    bool valid = false;
};

/// The unit at the front of a non-empty `text`. Strict: rejects surrogates and overlong forms.
utf8_unit first_unit(std::string_view text);

/// Offset of the first invalid byte; `text.size()` if all of it is valid.
std::size_t valid_prefix(std::string_view text);

/// The beginning of `text`, at most `limit` bytes, that ends with a whole character.
std::string_view whole_characters(std::string_view text, std::size_t limit);

/// The same, followed by `...` if something was cut.
std::string shortened(std::string_view text, std::size_t limit);

/// `text` with U+FFFD for every byte that is not UTF-8.
std::string to_valid_utf8(std::string_view text);

/// Number of characters, and invalid bytes, of `text`.
std::size_t count_units(std::string_view text);

/// Whether it is a control, invisible or bidirectional formatting character.
bool misleads(char32_t code_point);

} // namespace rulehost
