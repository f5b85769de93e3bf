#pragma once

#include <cstddef>
#include <string_view>

namespace rulehost::shell {

/// Whether `text` matches the shell's `pattern`: `*`, `?`, `[a-z]`, `[!a-z]`, `\` escapes. With `paths`, none of them
/// matches `/`. The work is bounded: a match that needs more than some thousand steps fails.
bool fits(std::string_view pattern, std::string_view text, bool paths = false);

/// How many bytes of `text` the pattern removes: at the front or at the back, the shortest or the longest match; npos
/// if none matches.
std::size_t length_that_fits(std::string_view pattern, std::string_view text, bool at_front, bool longest,
                             std::size_t& steps);

/// The path of the only well-known file that matches, or empty.
std::string_view known_path(std::string_view pattern);

/// The name of a well-known program that matches; the shortest common one if there are several. Empty: none.
std::string_view known_program(std::string_view pattern);

} // namespace rulehost::shell
