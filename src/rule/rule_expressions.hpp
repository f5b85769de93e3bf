#pragma once

#include <rulehost/rule_definition.hpp>

#include <memory>
#include <vector>

namespace rulehost {

/// The regular expressions of the conditions of a rule and of the steps of its windows, in their order.
std::vector<std::shared_ptr<regex const>> expressions_of(rule_definition const& rule);

} // namespace rulehost
