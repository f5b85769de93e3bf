#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

inline constexpr std::size_t max_glob = 4096;         ///< bytes
inline constexpr std::size_t max_alternatives = 1024; ///< that the braces of one glob spell out

/// Place behind the `]` of the class that opens at `at`; npos: it does not end, and `[` is a sign like any other.
std::size_t end_of_class(std::string_view glob, std::size_t at);

/// Appends what the braces of `glob` stand for: `a{b,c}` is `ab` and `ac`. A brace without a comma or without an end is
/// a sign like any other, and so is one in a class or behind a backslash. False: there are too many.
bool spread_braces(std::string_view glob, std::vector<std::string>& alternatives);

} // namespace rulehost
