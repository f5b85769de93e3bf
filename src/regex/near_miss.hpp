#pragma once

#include "regex/regex.hpp"

#include <string>
#include <string_view>

namespace rulehost {

/// Partial match of an expression that a text does not contain.
struct near_miss {
    double share = 0;  ///< share of the expression's parts found, from its front; from 0 to below 1
    std::string found; ///< the longest beginning of the expression, or of an alternative, that is found
};

/// Searches ever longer beginnings of `expression`, including its groups and alternatives. Compiles some dozens of
/// expressions, bounded for any expression. A hint for a person: an expression that it cannot split gives no near miss.
near_miss near_miss_of(std::string_view expression, regex::flags options, std::string_view text);

} // namespace rulehost
