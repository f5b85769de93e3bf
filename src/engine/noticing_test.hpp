#pragma once

#include "engine/rule_program.hpp"

#include <rulehost/rule_definition.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace rulehost {

/// A test that `original` passes and `changed` fails: a variant of one of the single-event `tests`. Empty if
/// none of up to 3,000 variants is one. It expects the tags of `original`. Pure.
std::optional<rule_test> noticing_test(std::vector<rule_test> const& tests,
                                       std::shared_ptr<rule_program const> const& original,
                                       std::shared_ptr<rule_program const> const& changed);

} // namespace rulehost
