#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_definition.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// A test of a rule that does not come out as expected.
struct failed_rule_test {
    std::size_t place = 0; ///< in `rule_definition::tests`
    diagnostic found;      ///< an error `rule-test-failed` at the line of the test
};

/// Runs a rule's own `tests:` as `run_rule_tests` does. Pure and safe from any thread.
std::vector<failed_rule_test> failed_rule_tests(std::shared_ptr<rule_definition const> const& definition);

/// Runs a rule's own `tests:`, each from a fresh start and in the event time it gives, and returns one error (code
/// `rule-test-failed`, at the line of the test) for each that fails. Fast, since it compiles only the rule itself; pure
/// and safe from any thread. Usable as a `rule_gate`.
std::vector<diagnostic> run_rule_tests(std::shared_ptr<rule_definition const> const& definition);

/// A mutant of a rule, and whether one of its tests detected it.
struct rule_mutant {
    std::string change;   ///< description for a person
    std::size_t line = 0; ///< of the change in the rule's file
    bool noticed = false;
    std::string expression{};            ///< the changed expression, if it is one
    std::optional<rule_test> noticing{}; ///< a test that would detect it, if requested and found
};

/// Whether to search a test for each change that no test detects: tries up to 3,000 variants of the rule's tests, which
/// multiplies the cost.
enum class noticing_tests { none, search };

/// Mutation test of a rule's tests: changes the rule in one place at a time (drops a condition, widens a character
/// class, moves a threshold) and runs its tests on each mutant; at least one should fail. Tries a few places per
/// expression and a few hundred per rule. Pure and safe from any thread; takes some milliseconds per rule.
std::vector<rule_mutant> run_rule_mutants(std::shared_ptr<rule_definition const> const& definition,
                                          noticing_tests wanted = noticing_tests::none);

} // namespace rulehost
