#pragma once

#include "regex/linear_program.hpp"
#include "regex/regex.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace rulehost {

/// Search in time linear in the text. Builds the states of a deterministic automaton when the text first needs them,
/// and gives the same results and spans as a backtracking search. Immutable; safe from any thread (the automaton is in
/// thread-local memory).
class linear_search {
public:
    struct answer {
        regex::outcome is = regex::outcome::limit_hit;
        bool is_first = true; ///< false: `where` is the match that ends first, not the preferred one
    };

    /// `expression` is one that compiles as a regex. The error names a feature that no automaton supports, with its
    /// offset, or an expression that is too large.
    static boost::system::result<std::unique_ptr<linear_search const>, regex::problem> compile(
        std::string_view expression, regex::flags options);

    /// Charges its work to `allowed`. Returns `limit_hit` if building states costs more than half of what is left and
    /// more than `work_of_states`, which only counted repeats can; the length of the text never stops it.
    answer search(std::string_view text, regex::allowance& allowed, regex::span* where) const;

    static constexpr std::size_t work_of_states = 200'000; ///< in units of `regex::allowance`

private:
    linear_search(linear_program forwards, linear_program backwards)
        : forwards_(std::move(forwards)), backwards_(std::move(backwards)) {}

    linear_program forwards_;
    linear_program backwards_; ///< finds the start of a match from its end
};

} // namespace rulehost
