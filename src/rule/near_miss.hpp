#pragma once

#include "regex/regex.hpp"

#include <string>
#include <string_view>

namespace rulehost {

/// How near a text comes to an expression that is not found in it.
struct near_miss {
    double share = 0;  ///< of the expression's parts that are found, from its front; from 0 to below 1
    std::string found; ///< the longest beginning of the expression, or of one of its alternatives, that is found
};

/// Looks for ever longer beginnings of `expression`, into its groups and alternatives. Makes some dozens of
/// expressions; bounded whatever the expression. A guess for a person: an expression that it cannot take apart is no
/// miss at all.
near_miss near_miss_of(std::string_view expression, regex::flags options, std::string_view text);

} // namespace rulehost
