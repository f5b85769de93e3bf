#pragma once

#include "regex/character_kinds.hpp"
#include "regex/syntax_tree.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rulehost {

/// Flags of the character on one side of a place in a text.
struct neighbour {
    static constexpr std::uint8_t edge = 1; ///< nothing: it is the begin or the end of the text
    static constexpr std::uint8_t word = 2;
    static constexpr std::uint8_t newline = 4;
    static constexpr std::uint8_t last_newline = 8;
};

/// A step of a program.
struct instruction {
    enum class type : std::uint8_t { characters, fork, assertion, match };
    type is = type::match;
    syntax_node::type asserted{};
    std::uint32_t next = 0;
    std::uint32_t otherwise = 0; ///< of a fork: the way that is worse
    std::uint32_t set = 0;
    // Of the steps of one run of a character, as in `x{0,9}` or `x{9,}`, the one of the highest rank matches all that others do.
    std::uint32_t run = 0; ///< 0: none
    std::uint32_t rank = 0;
};

/// Whether an assertion holds between two neighbours.
bool holds(syntax_node::type asserted, std::uint8_t left, std::uint8_t right);

/// A nondeterministic automaton of an expression, on classes of characters that none of its sets tells apart.
class linear_program {
public:
    enum class direction { forwards, backwards };

    /// Empty: it is too large once its repeats are written out.
    static std::optional<linear_program> compile(syntax_node const& root, direction read);

    std::vector<instruction> const& steps() const { return steps_; }
    std::uint32_t start() const { return start_; }

    std::size_t runs() const { return runs_; } ///< they are numbered from 1

    std::size_t classes() const { return neighbours_.size(); }
    std::uint8_t class_of(std::size_t kind) const { return class_of_[kind]; }
    bool accepts(std::uint32_t set, std::size_t character_class) const { return members_[set][character_class]; }
    /// The flags that a character of the class has for the places beside it, as far as an assertion asks.
    std::uint8_t neighbour_of(std::size_t character_class) const { return neighbours_[character_class]; }
    std::uint8_t asked() const { return asked_; } ///< of neighbours

private:
    struct too_large {};

    std::uint32_t add(instruction one);
    std::uint32_t write(syntax_node const& node, std::uint32_t next);
    std::uint32_t write_repeat(syntax_node const& node, std::uint32_t next);
    void classify();

    direction read_ = direction::forwards;
    std::vector<instruction> steps_;
    std::uint32_t start_ = 0;
    std::uint32_t runs_ = 0;
    std::vector<kind_set> sets_;
    std::vector<std::vector<bool>> members_; ///< by set, of classes
    std::array<std::uint8_t, character_kinds> class_of_{};
    std::vector<std::uint8_t> neighbours_; ///< by class
    std::uint8_t asked_ = 0;
};

} // namespace rulehost
