#pragma once

#include "regex/character_kinds.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

// Members of a PCRE2 class for the characters that are not white space in Python: ASCII, and all others.
inline constexpr std::string_view ascii_no_spaces = "\\x{0}-\\x{8}\\x{e}-\\x{1b}\\x{21}-\\x{7f}";
inline constexpr std::string_view other_no_spaces =
    "\\x{80}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}"
    "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}";

/// Characters that are equal in Python if case is ignored, and not all in PCRE2.
struct same_letters {
    std::array<std::uint32_t, 4> letters; ///< unused entries are 0
    std::string_view spelling;            ///< as members of a class
};
inline constexpr std::array same_to_python{
    same_letters{{'i', 'I', 0x130, 0x131}, "i\\x{130}\\x{131}"},
    same_letters{{0xfb05, 0xfb06}, "\\x{fb05}\\x{fb06}"},
    same_letters{{0x390, 0x1fd3}, "\\x{390}\\x{1fd3}"},
    same_letters{{0x3b0, 0x1fe3}, "\\x{3b0}\\x{1fe3}"},
};

inline bool holds_one_of(std::uint32_t first, std::uint32_t last, same_letters const& same) {
    return std::ranges::any_of(same.letters,
                               [&](std::uint32_t each) { return each != 0 && each >= first && each <= last; });
}

/// Code point at the start of `text`, which is UTF-8 or `\x{..}`.
inline std::uint32_t first_character(std::string_view text) {
    std::uint32_t value = 0;
    if (text.starts_with("\\x{")) {
        std::from_chars(text.data() + 3, text.data() + text.size(), value, 16);
        return value;
    }
    auto const lead = static_cast<unsigned char>(text.front());
    std::size_t const more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    value = more == 0 ? lead : lead & (0x3fu >> more);
    for (std::size_t i = 1; i <= more && i < text.size(); ++i)
        value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    return value;
}

/// Collects the members of a character class.
class class_members {
public:
    void add(std::uint32_t character) {
        auto const first = in_range_ ? last_.value_or(character) : character;
        written_ |= ascii_kinds(first, character);
        others_ = others_ || character >= 0x80;
        for (std::size_t i = 0; i != same_to_python.size(); ++i)
            wanted_[i] = wanted_[i] || holds_one_of(first, character, same_to_python[i]);
        last_ = in_range_ ? std::nullopt : std::optional(character);
        in_range_ = false;
    }
    void add_dash() {
        if (last_ && !in_range_)
            in_range_ = true;
        else
            add('-');
    }
    void add_several(kind_set const& set) {
        several_ |= set;
        last_.reset();
        in_range_ = false;
    }

    bool names_other_than_ascii() const { return others_; }
    /// Kinds of the ASCII members and of the classes (`\w`).
    kind_set kinds(bool ignore_case) const {
        auto const written = in_range_ ? written_ | ascii_kinds('-', '-') : written_;
        return (ignore_case ? in_either_case(written) : written) | several_;
    }

    std::string others() const {
        std::string text;
        for (std::size_t i = 0; i != same_to_python.size(); ++i)
            text += wanted_[i] ? same_to_python[i].spelling : std::string_view();
        return text;
    }

private:
    std::array<bool, same_to_python.size()> wanted_{};
    kind_set written_;
    kind_set several_;
    bool others_ = false;
    std::optional<std::uint32_t> last_;
    bool in_range_ = false;
};

} // namespace rulehost
