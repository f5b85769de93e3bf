#pragma once

#include "match/command/command_test.hpp"
#include "match/value/trigger.hpp"

namespace rulehost {

/// The triggers in the words of one command that a map requires. `field` leads to the command line.
gate gate_of(command_test const& asked, field_path const& field);

} // namespace rulehost
