// Expressions are ready when their rule goes live. The operator new of this program is replaced: making them ready allocates.
#include "regex/regex.hpp"
#include "rule/rule_expressions.hpp"
#include "support/allocation_fault.hpp"
#include "support/definitions.hpp"

#include <rulehost/engine.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <new>
#include <string>
#include <vector>

namespace rulehost {
namespace {

using definition_ptr = std::shared_ptr<rule_definition const>;

constexpr auto with_expressions = "any_of: [{pattern: 'wget\\s'}, {command: {program: curl, data: {pattern: 'a\\d'}, "
                                  "piped_to: {argument: {pattern: 'b\\w'}}}}]";

definition_ptr rule_with_expressions(std::string const& id) {
    return test::rule_matching("{" + std::string(with_expressions) + "}", id);
}

/// How many of the expressions of the rule a first search makes ready.
std::size_t unready(rule_definition const& rule) {
    std::size_t count = 0;
    for (auto const& each : expressions_of(rule)) {
        bool allocates = false;
        try {
            test::allocation_fault const fault(0);
            each->search("no match");
            allocates = fault.happened();
        } catch (std::bad_alloc const&) {
            allocates = true;
        }
        count += allocates;
    }
    return count;
}

void use_thread_memory_of_searches() {
    regex::compile("x", {}).value()->search("x");
}

} // namespace

BOOST_AUTO_TEST_SUITE(ready_rules)

BOOST_AUTO_TEST_CASE(expressions_of_a_rule_that_never_went_live_are_made_ready_by_the_first_search) {
    use_thread_memory_of_searches();
    BOOST_TEST(unready(*rule_with_expressions("R1")) == 3u);
}

BOOST_AUTO_TEST_CASE(an_edited_rule_goes_live_with_its_expressions_ready) {
    use_thread_memory_of_searches();
    engine host;
    auto const rule = rule_with_expressions("R1");
    host.apply(rule_change(1, "R1", rule));
    BOOST_TEST(unready(*rule) == 0u);
}

BOOST_AUTO_TEST_CASE(loaded_rules_go_live_with_their_expressions_ready) {
    use_thread_memory_of_searches();
    engine host;
    rule_snapshot loaded;
    for (auto const* const id : {"R1", "R2"})
        loaded.rules.push_back(std::make_shared<compiled_rule>(rule_with_expressions(id), rule_state{}));
    host.replace(loaded);
    for (auto const& rule : loaded.rules)
        BOOST_TEST(unready(rule->definition()) == 0u);
}

BOOST_AUTO_TEST_CASE(expressions_of_thousands_of_rules_are_made_ready_when_they_are_searched_for) {
    use_thread_memory_of_searches();
    engine host;
    rule_snapshot loaded;
    for (int i = 10'000; i != 12'000; ++i)
        loaded.rules.push_back(
            std::make_shared<compiled_rule>(rule_with_expressions("R" + std::to_string(i)), rule_state{}));
    host.replace(loaded);
    BOOST_TEST(unready(loaded.rules.front()->definition()) == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
