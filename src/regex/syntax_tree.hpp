#pragma once

#include "regex/character_kinds.hpp"
#include "regex/regex.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rulehost {

/// A part of an expression. What it says of characters is in kinds: their case and the flags are dealt with.
struct syntax_node {
    enum class type : std::uint8_t {
        sequence,    ///< its children one after another; none: the empty text
        choice,      ///< one of its children, the earlier the better
        repeat,      ///< its child, `least` to `most` times
        characters,  ///< one of the set
        text_begins, ///< of no length from here on
        line_begins,
        text_ends,
        last_line_ends, ///< the end, or before a newline there
        line_ends,
        word_edge,
        no_word_edge,
    };
    type is = type::sequence;
    kind_set set{};
    std::vector<syntax_node> children{};
    std::size_t least = 0;
    std::optional<std::size_t> most{};
    bool is_lazy = false;
};

/// An expression as a tree, as far as it can be one.
struct syntax_tree {
    syntax_node root;
    /// The first thing that the tree leaves out, so that no automaton of it can stand for the expression.
    std::optional<regex::problem> obstacle;
};

} // namespace rulehost
