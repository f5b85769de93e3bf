#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Texts of about `size` bytes that may make a search for `expression` (in the spelling of regex::pcre_syntax) slow:
/// each repeated part, many times; each prefix of a match, many times without its rest. A heuristic, not a proof.
/// Deterministic; at most `max_slow_texts`.
std::vector<std::string> slow_texts(std::string_view expression, std::size_t size);

inline constexpr std::size_t max_slow_texts = 64;

} // namespace rulehost
