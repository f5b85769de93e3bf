#pragma once

#include "regex/character_kinds.hpp"
#include "regex/syntax_tree.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rulehost {

/// Flags of the character on one side of a position in a text.
struct neighbour {
    static constexpr std::uint8_t edge = 1; ///< no character: the start or the end of the text
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
    std::uint32_t otherwise = 0; ///< only of a fork: the less preferred branch
    std::uint32_t set = 0;
    // Within a run of one character set (`x{0,9}`, `x{9,}`), the step of the highest rank matches everything that the
    // others match.
    std::uint32_t run = 0; ///< numbered from 1; 0: not in a run
    std::uint32_t rank = 0;
};

/// Whether an assertion holds between two neighbours.
bool holds(syntax_node::type asserted, std::uint8_t left, std::uint8_t right);

/// Nondeterministic automaton (NFA) of an expression. It reads classes of characters: kinds that all of its sets treat
/// alike.
class linear_program {
public:
    enum class direction { forwards, backwards };

    /// Empty if the expression is too large once its repeats are expanded.
    static std::optional<linear_program> compile(syntax_node const& root, direction read);

    std::vector<instruction> const& steps() const { return steps_; }
    std::uint32_t start() const { return start_; }

    std::size_t runs() const { return runs_; } ///< number of runs

    std::size_t classes() const { return neighbours_.size(); }
    std::uint8_t class_of(std::size_t kind) const { return class_of_[kind]; }
    bool accepts(std::uint32_t set, std::size_t character_class) const { return members_[set][character_class]; }
    /// Flags (`neighbour`) of a character of the class; only those that an assertion tests.
    std::uint8_t neighbour_of(std::size_t character_class) const { return neighbours_[character_class]; }
    std::uint8_t asked() const { return asked_; } ///< flags (`neighbour`) that assertions test

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
    std::vector<std::vector<bool>> members_; ///< by set, then by class
    std::array<std::uint8_t, character_kinds> class_of_{};
    std::vector<std::uint8_t> neighbours_; ///< by class
    std::uint8_t asked_ = 0;
};

} // namespace rulehost
