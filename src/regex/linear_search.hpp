#pragma once

#include "regex/linear_program.hpp"
#include "regex/regex.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace rulehost {

/// Search for an expression in time linear in the text: a deterministic automaton of it is made while the text is read, as
/// far as the text asks for it. It gives the answers and the spans of a search that tries one way after another. Immutable;
/// safe from any thread (the automaton is in memory of the thread).
class linear_search {
public:
    struct answer {
        regex::outcome is = regex::outcome::limit_hit;
        bool is_first = true; ///< false: `where` is of the match that ends first, not of the one that is found first
    };

    /// `expression` compiles as a regex. The error says what it has that no automaton can do, and where.
    static boost::system::result<std::unique_ptr<linear_search const>, regex::problem> compile(
        std::string_view expression, regex::flags options);

    /// Takes the work from `allowed`. Reading the text never stops it; making states of the automaton does, where they cost
    /// more than half of what is left and more than `work_of_states`: `limit_hit`, which only counted repeats come to.
    answer search(std::string_view text, regex::allowance& allowed, regex::span* where) const;

    static constexpr std::size_t work_of_states = 200'000; ///< in units of `regex::allowance`

private:
    linear_search(linear_program forwards, linear_program backwards)
        : forwards_(std::move(forwards)), backwards_(std::move(backwards)) {}

    linear_program forwards_;
    linear_program backwards_; ///< finds where a match begins whose end is known
};

} // namespace rulehost
