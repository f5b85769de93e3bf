#pragma once

#include "shell/reading.hpp"

#include <cstdint>
#include <string_view>

namespace rulehost::shell {

/// A piece of a word. Pieces, words, redirects and nodes live in the pools of a syntax_tree and are linked by index,
/// since those of a substitution are created in the middle of its word.
struct part {
    enum class kind : std::uint8_t {
        text,       ///< `text`, as it is
        parameter,  ///< `$text`, with an operator and its operands
        command,    ///< `$( )` or backticks; `inner` is the node
        arithmetic, ///< `$(( ))`; `inner` is the first part of the expression
        input_of,   ///< `<( )`; `inner` is the node
        output_to,  ///< `>( )`
        array,      ///< `( )` of an assignment; `inner` is the first word
    };
    enum class operation : std::uint8_t {
        plain,
        length,        // ${#x}
        indirect,      // ${!x}
        fallback,      // ${x:-w}
        assign,        // ${x:=w}
        alternative,   // ${x:+w}
        error,         // ${x:?w}
        cut_front,     // ${x#w}
        cut_front_all, // ${x##w}
        cut_back,      // ${x%w}
        cut_back_all,  // ${x%%w}
        substring,     // ${x:o:l}
        replace,       // ${x/a/b}
        replace_all,   // ${x//a/b}
        upper_first,   // ${x^}
        upper,         // ${x^^}
        lower_first,   // ${x,}
        lower,         // ${x,,}
    };

    kind what = kind::text;
    operation op = operation::plain;
    bool quoted = false;
    bool colon = false; ///< of fallback, assign, alternative: an empty value counts as unset
    bool braced = false;
    char subscript = 0; ///< `@` or `*` of an array, `i` for an element
    index next = none;
    index inner = none;
    index inner2 = none;
    std::string_view text;
    std::string_view typed; ///< all of it as it stands in the line
};

struct raw_word {
    std::string_view typed;
    index parts = none; ///< none: `typed` is its value
    index next = none;
    bool plain = true;           ///< nothing to expand: no quotes, variables, globs, braces or tilde
    bool glob = false;           ///< an unquoted `*`, `?` or `[`
    bool brace = false;          ///< an unquoted `{`
    bool quoted = false;         ///< something in it was quoted
    bool equals = true;          ///< it may hold a `=`
    std::uint16_t name_size = 0; ///< of an assignment: of the name with its subscript; 0 for any other word
    bool appends = false;        ///< `name+=`
};

struct raw_redirect {
    std::string_view sign;
    std::int32_t descriptor = -1;
    index word = none;  ///< the target, or the delimiter of a here-document
    index parts = none; ///< of the body of an unquoted here-document
    index next = none;
    bool here = false;
    bool literal = false; ///< the delimiter was quoted
    std::string_view body;
};

struct node {
    enum class kind : std::uint8_t {
        simple,     ///< words, assignments among them
        list,       ///< children one after the other
        pipeline,   ///< children are its stages
        subshell,   ///< one child, a list
        group,      ///< one child
        condition,  ///< if: children are lists
        loop,       ///< while, until: condition and body
        each,       ///< for, select: `words`, body
        counted,    ///< for (( )): `parts` hold the three expressions
        choice,     ///< case: lists
        function,   ///< `text` is its name
        expression, ///< (( )), [[ ]]: runs only the substitutions inside
    };

    kind what = kind::simple;
    bool plain = false;       ///< of a simple command: nothing but plain words
    bool conditional = false; ///< behind && or ||
    bool alternative = false; ///< behind ||
    bool given_words = false; ///< of each: has `in`
    index child = none;
    index next = none;
    index words = none;
    index redirects = none;
    index parts = none;
    std::string_view text;  ///< of a simple command as it stands in the line; else a name
    std::string_view after; ///< of a simple command: behind its first word
};

struct syntax_tree {
    pool<part> parts;
    pool<raw_word> words;
    pool<raw_redirect> redirects;
    pool<node> nodes;

    void clear() {
        parts.clear();
        words.clear();
        redirects.clear();
        nodes.clear();
    }
};

} // namespace rulehost::shell
