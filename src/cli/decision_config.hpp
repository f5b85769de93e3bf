#pragma once

#include "engine/decision_policy.hpp"
#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <rulehost/time_point.hpp>

#include <string>

namespace rulehost::cli {

/// Reads the key `decisions` of a configuration and reports errors. `path` is the file, for refusals.
decision_policy read_decisions(yaml_node const& node, findings& found, std::string const& path);

/// The policy that binds a command: of the file `config`, or of /etc/rulehost/rulehost.yaml where that is there and `config` is
/// empty. Reads no other key. Throws std::system_error for a given file that is unreadable, and std::invalid_argument for
/// errors, which it prints.
decision_policy policy_of_command(std::string const& config);

} // namespace rulehost::cli
