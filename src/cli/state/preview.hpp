#pragma once

#include "cli/state/state_options.hpp"

namespace rulehost::cli {

/// Prints how many stored tags of the last day and week a decision would have been about, with the techniques, attackers
/// and sensors that have most of them. Changes nothing.
exit_code preview(state_options const& options);

} // namespace rulehost::cli
