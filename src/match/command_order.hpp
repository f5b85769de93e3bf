#pragma once

#include "match/command_test.hpp"
#include "match/truth.hpp"

#include <span>
#include <vector>

namespace rulehost {

/// Whether commands of the line satisfy `steps` in their order, others between them or not. `same_file`: and what their
/// effects name is one file, which `cp`, `mv`, `ln` and the like carry on. `last` becomes the command of the last step.
truth in_order(std::span<std::vector<command_test> const> steps, bool same_file, shell::reading& in,
               command_memory& memory, shell::command const*& last);

} // namespace rulehost
