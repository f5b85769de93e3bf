#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Texts of about `size` bytes that a search for `expression` (as regex::pcre_syntax spells it) may take long over:
/// everything that it repeats, repeated; every beginning of what it matches, over and over, with the rest missing. A
/// guess, not a proof; deterministic. At most `max_slow_texts`.
std::vector<std::string> slow_texts(std::string_view expression, std::size_t size);

inline constexpr std::size_t max_slow_texts = 64;

} // namespace rulehost
