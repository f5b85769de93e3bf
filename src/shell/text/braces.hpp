#pragma once

#include "shell/text/text_arena.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::shell {

/// Expands the brace lists and ranges of a word as bash does, on the text including quotes: `a{b,c}` is `ab` and `ac`.
class brace_spreader {
public:
    /// At most `max` words; none if there is nothing to expand. Valid until the next call.
    std::vector<std::string_view> const& spread(std::string_view word, std::size_t max);

private:
    bool is_full() const;
    void spread_from(std::string_view rest, std::size_t depth);

    std::string text_;
    std::string prefix_;
    text_arena joined_; ///< members with their suffix
    std::vector<std::size_t> ends_;
    std::vector<std::string_view> words_;
    std::size_t max_ = 0;
    std::size_t steps_ = 0;
};

} // namespace rulehost::shell
