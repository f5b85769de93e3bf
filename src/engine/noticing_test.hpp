#pragma once

#include "engine/rule_program.hpp"

#include <rulehost/rule_definition.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace rulehost {

/// A test that `original` passes and `changed` fails: a variant of one of `tests`, those of one event only. Empty when
/// none of the variants that are tried, up to 3,000, is one. It expects what `original` emits. Pure.
std::optional<rule_test> noticing_test(std::vector<rule_test> const& tests,
                                       std::shared_ptr<rule_program const> const& original,
                                       std::shared_ptr<rule_program const> const& changed);

} // namespace rulehost
