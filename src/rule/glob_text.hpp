#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

inline constexpr std::size_t max_glob = 4096;         ///< bytes
inline constexpr std::size_t max_alternatives = 1024; ///< that the braces of one glob expand to

/// Offset after the `]` of the class that opens at `at`; npos: it is not closed, and `[` is literal.
std::size_t end_of_class(std::string_view glob, std::size_t at);

/// Appends the brace expansions of `glob`: `a{b,c}` is `ab` and `ac`. A brace without a comma or an end is literal, and
/// so is one in a class or after a backslash. False: there are too many.
bool spread_braces(std::string_view glob, std::vector<std::string>& alternatives);

} // namespace rulehost
