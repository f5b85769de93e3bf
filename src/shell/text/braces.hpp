#pragma once

#include "shell/text/text_arena.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::shell {

/// Spreads the brace lists and ranges of a word as bash does, on the text, quotes and all: `a{b,c}` is `ab` and `ac`.
class brace_spreader {
public:
    /// At most `max` words; none when there is nothing to spread. Good until the next call.
    std::vector<std::string_view> const& spread(std::string_view word, std::size_t max);

private:
    void spread_from(std::string_view rest, std::size_t depth);

    std::string text_;
    std::string prefix_;
    text_arena joined_; ///< members with what follows them
    std::vector<std::size_t> ends_;
    std::vector<std::string_view> words_;
    std::size_t max_ = 0;
    std::size_t steps_ = 0;
};

} // namespace rulehost::shell
