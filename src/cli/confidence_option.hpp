#pragma once

#include "cli/value_checks.hpp"

#include <CLI/CLI.hpp>

namespace rulehost::cli {

/// Accepts only confidences: numbers from 0 to 1, and not `nan`.
inline CLI::Validator is_confidence() {
    return as_number(0.0, 1.0);
}

} // namespace rulehost::cli
