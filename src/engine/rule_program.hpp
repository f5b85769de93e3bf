#pragma once

#include "match/gate.hpp"
#include "match/needed_tests.hpp"
#include "match/predicate.hpp"

#include <rulehost/rule_definition.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace rulehost {

/// A compiled definition: for each source kind its predicates and their gates. Immutable; shared by
/// every rule_set that holds the rule.
class rule_program {
public:
    /// The rule for events of one source kind.
    struct variant {
        std::string_view source_kind;
        predicate match;                             ///< windows in it never hold; they are evaluated separately
        std::vector<std::vector<predicate>> windows; ///< for each correlation its steps
        std::vector<gate> tests;                     ///< of its tests, by their numbers
        test_lists needed;                           ///< lists; each must have a test that may hold
    };

    explicit rule_program(std::shared_ptr<rule_definition const> definition);

    rule_definition const& definition() const { return *definition_; }
    std::shared_ptr<rule_definition const> const& shared_definition() const { return definition_; }
    std::vector<variant> const& variants() const { return variants_; }
    variant const* variant_for(std::string_view source_kind) const;

private:
    std::shared_ptr<rule_definition const> definition_;
    std::vector<variant> variants_;
};

} // namespace rulehost
