#pragma once

#include "regex/character_kinds.hpp"
#include "regex/regex.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rulehost {

/// Node of an expression's tree. Characters are given as kinds; case and flags are already applied.
struct syntax_node {
    enum class type : std::uint8_t {
        sequence,    ///< its children in order; none: the empty text
        choice,      ///< one of its children, in order of preference
        repeat,      ///< its child, `least` to `most` times
        characters,  ///< one character of `set`
        text_begins, ///< from here on: assertions, of zero length
        line_begins,
        text_ends,
        last_line_ends, ///< the end of the text, or before a newline at its end
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

/// Tree of an expression.
struct syntax_tree {
    syntax_node root;
    /// The first feature that the tree cannot express; empty: the tree has the meaning of the expression.
    std::optional<regex::problem> obstacle;
};

} // namespace rulehost
