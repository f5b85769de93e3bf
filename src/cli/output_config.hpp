#pragma once

#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <rulehost/outputs.hpp>

#include <vector>

namespace rulehost::cli {

/// Reads the list `outputs` of a configuration and reports errors. Secrets come from the text, from files or from the
/// environment.
std::vector<output_options> read_outputs(yaml_node const* list, findings& found);

} // namespace rulehost::cli
