#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_definition.hpp>

#include <memory>
#include <vector>

namespace rulehost {

/// Runs a rule's own `tests:`, each from a fresh start and in the event time it gives, and returns one error
/// (code `rule-test-failed`, at the line of the test) for each that does not come out as expected. Builds
/// nothing beyond the rule itself, so it is quick; pure and safe from any thread. Made to be a `rule_gate`.
std::vector<diagnostic> run_rule_tests(std::shared_ptr<rule_definition const> const& definition);

} // namespace rulehost
