#pragma once

#include <rulehost/rule_definition.hpp>

#include "yaml/findings.hpp"

namespace rulehost {

/// Warns of maps of `command` below `from` that no command can satisfy, according to the shipped table of programs.
void warn_of_impossible_commands(condition const& from, findings& out);

} // namespace rulehost
