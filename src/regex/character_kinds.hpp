#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace rulehost {

/// Kinds of characters for expressions that name only ASCII characters: one kind per ASCII character, with its code as
/// number, and a few kinds for all others.
enum class character_kind : std::uint8_t {
    last_newline = '\n', ///< the newline that ends the text, before which `$` matches
    inner_newline = 128, ///< any other newline
    letter,              ///< from here on not ASCII; in \w, not in \d
    digit,
    space,
    long_s,
    kelvin_sign,
    other_i, ///< U+0130 and U+0131: dotted capital, dotless small
    other,
    invalid, ///< a byte that is not UTF-8; in no set
};
inline constexpr std::size_t character_kinds = 137;
using kind_set = std::bitset<character_kinds>;

/// Kind of a character that is not ASCII.
character_kind kind_of(char32_t code_point);

/// Kinds in the class of a letter: `\w`, `\d`, `\s` or a complement (`\W`, `\D`, `\S`).
kind_set kinds_of_class(char letter);
/// Kinds of the ASCII characters from `first` to `last`, inclusive.
kind_set ascii_kinds(std::uint32_t first, std::uint32_t last);
/// All kinds outside the set, except `invalid`.
kind_set complement(kind_set const& set);
/// The set with both cases of each of its characters.
kind_set in_either_case(kind_set const& set);

} // namespace rulehost
