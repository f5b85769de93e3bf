#pragma once

#include "text/joined.hpp"
#include "text/number.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <concepts>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

// Checks of the value of an option. CLI11 puts the option's name in front of what they say: `--limit: takes a number
// from 1 to 100, not 'x'`.

/// Accepts only decimal numbers from `min` to `max`, and not `nan`, which CLI::Range lets pass; the error says that the option
/// takes `what`, and the help shows `limits`. Use it with `transform`: it removes leading zeros, since CLI11 takes `010` for octal.
template <class Number>
CLI::Validator as_number(Number min, Number max, std::string what, std::string const& limits) {
    auto const take = [min, max, what = std::move(what)](std::string& typed) {
        auto const number = parse_number<Number>(typed);
        if (!number || *number < min || max < *number)
            return "takes " + what + ", not '" + typed + "'";
        if constexpr (std::integral<Number>)
            typed = std::to_string(*number);
        return std::string();
    };
    return CLI::Validator(take, limits);
}

/// The same, in the words `a number from 1 to 100`.
template <class Number>
CLI::Validator as_number(Number min, Number max) {
    std::ostringstream limits;
    limits << min << " to " << max;
    return as_number(min, max, "a number from " + limits.str(), limits.str());
}

/// Accepts only confidences: numbers from 0 to 1.
inline CLI::Validator is_confidence() {
    return as_number(0.0, 1.0);
}

/// The error for a text that is none of `names`.
inline std::string not_one_of(std::vector<std::string> const& names, std::string const& typed) {
    return "takes one of " + joined(names, ", ") + ", not '" + typed + "'";
}

/// Accepts only one of `names`.
inline CLI::Validator is_one_of(std::vector<std::string> names) {
    auto const check = [names = std::move(names)](std::string const& typed) {
        return std::ranges::find(names, typed) == names.end() ? not_one_of(names, typed) : std::string();
    };
    return CLI::Validator(check, "");
}

} // namespace rulehost::cli
