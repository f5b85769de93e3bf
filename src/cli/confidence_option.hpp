#pragma once

#include "text/number.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace rulehost::cli {

/// Accepts only confidences. CLI::Range would let `nan` pass, which is neither below 0 nor above 1.
inline CLI::Validator is_confidence() {
    auto const check = [](std::string const& text) {
        auto const number = parse_number<double>(text);
        // In CLI11's words for a range, which `main` puts into ours.
        return number && *number >= 0 && *number <= 1 ? std::string() : "Value " + text + " not in range 0 to 1";
    };
    return CLI::Validator(check, "FLOAT in [0 - 1]");
}

} // namespace rulehost::cli
