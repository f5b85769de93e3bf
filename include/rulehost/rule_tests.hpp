#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_definition.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// Runs a rule's own `tests:`, each from a fresh start and in the event time it gives, and returns one error
/// (code `rule-test-failed`, at the line of the test) for each that does not come out as expected. Builds
/// nothing beyond the rule itself, so it is quick; pure and safe from any thread. Made to be a `rule_gate`.
std::vector<diagnostic> run_rule_tests(std::shared_ptr<rule_definition const> const& definition);

/// A rule with one small change, and whether one of its tests noticed.
struct rule_mutant {
    std::string change;   ///< the change, for a person
    std::size_t line = 0; ///< of the rule's file, where
    bool noticed = false;
    std::string expression{};            ///< the changed expression, of a change in one
    std::optional<rule_test> noticing{}; ///< a test that would notice, where one was looked for and found
};

/// Whether to look, for each change that no test notices, for one that would: up to 3,000 variants of the rule's
/// tests are tried, which multiplies the cost.
enum class noticing_tests { none, search };

/// Measures how much a rule's tests hold it to: changes it in one place at a time (a condition dropped, a character
/// class widened, a threshold moved) and runs its tests on each, which then ought to fail. Of an expression only a
/// few places are tried, and of a rule a few hundred. Pure and safe from any thread; costs some milliseconds a rule.
std::vector<rule_mutant> run_rule_mutants(std::shared_ptr<rule_definition const> const& definition,
                                          noticing_tests wanted = noticing_tests::none);

} // namespace rulehost
