#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

/// The lines that turn one text into another, in the form of `diff -u`. Pure.
struct text_difference {
    std::vector<std::string> lines; ///< without line ends, each with its mark: `@`, ` `, `-`, `+` or `\`; empty: equal
    std::size_t removed = 0;
    std::size_t added = 0;
};

/// The time is proportional to the lines and the differing lines; texts that differ in thousands of lines are replaced
/// as a whole.
text_difference difference_of(std::string_view before, std::string_view after);

} // namespace rulehost::cli
