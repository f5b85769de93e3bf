#pragma once

#include "match/value/clause.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace rulehost {

inline constexpr std::size_t min_literal_length = 2;
inline constexpr std::size_t max_literal_length = 24;
inline constexpr std::size_t max_clause_size = 64;

/// Literals that must occur in a text for `expression` (as regex::pcre_syntax spells it) to be found in it: each of the
/// clauses. Errs towards fewer clauses; none: nothing is known. Compare the text as
/// `append_fold` and ASCII case folding leave it. Words are at least `min_size` bytes long.
std::vector<clause> required_literals(std::string_view expression, std::size_t min_size = min_literal_length);

} // namespace rulehost
