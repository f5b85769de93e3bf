#pragma once

#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <rulehost/outputs.hpp>

#include <vector>

namespace rulehost::cli {

/// Reads the list `outputs` of a configuration. What does not fit is reported. Secrets stand in the text, in files or
/// in the environment.
std::vector<output_options> read_outputs(yaml_node const* list, findings& found);

} // namespace rulehost::cli
