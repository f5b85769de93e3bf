#pragma once

#include <cstddef>
#include <string_view>

namespace rulehost::shell {

/// Whether `text` fits `pattern` of the shell: `*`, `?`, `[a-z]`, `[!a-z]`, `\` makes a sign literal. With `paths`,
/// none of them stands for `/`. The work is bounded: what needs more than some thousand steps does not fit.
bool fits(std::string_view pattern, std::string_view text, bool paths = false);

/// How many bytes of `text` the pattern cuts off: at the front or at the back, the shortest or the longest piece that
/// fits; npos when none does.
std::size_t length_that_fits(std::string_view pattern, std::string_view text, bool at_front, bool longest,
                             std::size_t& steps);

/// The path of a well-known file that is the only one to fit, or empty.
std::string_view known_path(std::string_view pattern);

/// The name of a well-known program that fits; the shortest common one when there are several. Empty: none.
std::string_view known_program(std::string_view pattern);

} // namespace rulehost::shell
