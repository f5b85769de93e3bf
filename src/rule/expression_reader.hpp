#pragma once

#include "regex/regex.hpp"
#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <memory>
#include <string>

namespace rulehost {

/// Compiles the regular expression at `node`; null after reporting an error.
std::shared_ptr<regex const> read_expression(yaml_node const& node, regex::flags options, findings& out);

/// Whether `text` is an address, or a network such as 10.0.0.0/8.
bool is_network(std::string const& text);

} // namespace rulehost
