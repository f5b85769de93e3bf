#pragma once

#include "match/value/text_table.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Globs over whole texts: `*` stands for any characters, `?` for one, `[a-z]` and `[!a-z]` for one of a class, `{a,b}`
/// for one of several, a blank for any run of white space, and a sign behind `\` for itself. Several globs are one. Made
/// once; no text takes more than linear time but for pieces with `?`, classes or blanks, which take their length each.
class glob_set {
public:
    enum class letter_case { exact, folded }; ///< folded: texts come folded

    void add(std::string_view glob, letter_case how);
    void finish(); ///< after the last `add`

    bool fits(std::string_view text) const {
        return fits_all_ || ((sizes_of_literals_ & size_bit(text.size())) != 0 && is_literal(text)) ||
            (may_fit_wildcard(text) && fits_wildcard(text));
    }
    bool empty() const { return literals_.empty() && wild_.empty(); }

    /// The texts that match globs without wildcards, sorted.
    std::vector<std::string> const& literals() const { return literals_; }
    /// Of each other glob the longest piece that every matching text contains; empty: there is none.
    std::vector<std::string> needed() const;

private:
    using letters = std::bitset<256>;

    struct unit {
        enum class kind : std::uint8_t { letter, any, one_of, blanks };
        kind what = kind::letter;
        char letter = 0;
        std::uint16_t letters = 0; ///< of one_of: its place in `classes_`
    };
    /// A bit for each ASCII character; a byte beyond ASCII has the bit of its low seven bits.
    struct sign_set {
        std::uint64_t halves[2]{};

        void add(char c) { halves[static_cast<unsigned char>(c) >> 6 & 1] |= std::uint64_t{1} << (c & 63); }
        void add_all() { halves[0] = halves[1] = ~std::uint64_t{0}; }
        bool has(char c) const { return (halves[static_cast<unsigned char>(c) >> 6 & 1] >> (c & 63) & 1) != 0; }
        bool holds(sign_set const& all) const {
            return ((all.halves[0] & ~halves[0]) | (all.halves[1] & ~halves[1])) == 0;
        }
    };
    /// A piece between two `*`.
    struct piece {
        std::string text;        ///< if it is literal
        std::vector<unit> units; ///< otherwise
    };
    struct wildcard {
        std::vector<piece> pieces;
        bool open_front = false; ///< a `*` in front
        bool open_back = false;
        std::size_t min_size = 0;
        sign_set signs; ///< in every matching text
        char front = 0; ///< of every matching text, if `has_front`
        char back = 0;
        bool has_front = false;
        bool has_back = false;

        bool may_fit(std::string_view text) const {
            return text.size() >= min_size && !(has_front && text.front() != front) &&
                !(has_back && text.back() != back);
        }
    };

    void add_alternative(std::string_view glob, letter_case how);
    std::size_t add_class(std::string_view glob, std::size_t at, letter_case how, unit& into);
    bool is_literal(std::string_view text) const {
        return literals_.size() == 1 ? text == literals_.front() : table_.find(text) != text_table::none;
    }
    /// Excludes most texts by their ends.
    bool may_fit_wildcard(std::string_view text) const {
        return text.size() >= min_size_ && fronts_.has(text.front()) && backs_.has(text.back());
    }
    bool fits_wildcard(std::string_view text) const;
    bool fits(wildcard const& glob, std::string_view text) const;
    bool fits_at(unit const& what, std::string_view text, std::size_t& at) const;
    std::size_t end_of(piece const& what, std::string_view text, std::size_t at) const;
    bool ends_with(piece const& what, std::string_view text, std::size_t from) const;

    static std::uint64_t size_bit(std::size_t size) { return std::uint64_t{1} << (size < 63 ? size : 63); }
    static void find_ends(wildcard& of);

    std::vector<std::string> literals_;
    std::uint64_t sizes_of_literals_ = 0; ///< a bit for each size; excludes most texts
    text_table table_;                    ///< of several
    bool fits_all_ = false;               ///< one of them is `*`
    std::vector<wildcard> wild_;
    std::size_t min_size_ = SIZE_MAX; ///< of the texts that one of `wild_` matches, but for a lone `*`
    sign_set fronts_;                 ///< first characters of such texts
    sign_set backs_;                  ///< last characters
    std::vector<letters> classes_;
};

} // namespace rulehost
