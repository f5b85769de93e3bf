#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace rulehost {

/// Kinds of characters that an expression which names only ASCII ones can tell apart: each ASCII character by itself, numbered as it is,
/// and a few kinds of others.
enum class character_kind : std::uint8_t {
    last_newline = '\n', ///< the one at the end of the text, before which `$` matches
    inner_newline = 128, ///< any other
    letter,              ///< not ASCII from here on; of \w, not of \d
    digit,
    space,
    long_s,
    kelvin_sign,
    other_i, ///< dotted capital, dotless small
    other,
    invalid, ///< a byte that is not UTF-8: part of no set
};
inline constexpr std::size_t character_kinds = 137;
using kind_set = std::bitset<character_kinds>;

/// The kind of a character that is not ASCII.
character_kind kind_of(char32_t code_point);

/// The kinds in `\w`, `\d`, `\s` and their complements, by their letter.
kind_set kinds_of_class(char letter);
/// The ASCII characters from `first` to `last`.
kind_set ascii_kinds(std::uint32_t first, std::uint32_t last);
/// Every character that is not in the set.
kind_set complement(kind_set const& set);
/// The set and the other cases of its characters.
kind_set in_either_case(kind_set const& set);

} // namespace rulehost
