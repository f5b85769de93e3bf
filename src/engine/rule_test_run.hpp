#pragma once

#include "engine/rule_program.hpp"

#include <rulehost/rule_definition.hpp>

#include <memory>
#include <set>
#include <string>

namespace rulehost {

/// Tags that a rule gave to the events of one of its tests.
struct test_outcome {
    std::set<std::string> techniques;
    bool limit_hit = false;
};

/// Evaluates the events of `test` against the rule, from a fresh start and in their event time.
test_outcome run_rule_test(rule_test const& test, std::shared_ptr<rule_program const> const& program);

bool comes_out_as_expected(test_outcome const& seen, rule_test const& test);

} // namespace rulehost
