#include "engine/rule_program.hpp"

#include <algorithm>
#include <utility>

namespace rulehost {

namespace {

rule_program::variant make_variant(rule_definition const& definition, std::string_view source_kind) {
    std::uint32_t tests = 0;
    rule_program::variant made{source_kind, predicate{definition.match, source_kind, tests}, {}, {}, {}};
    append_gates(made.match, made.tests);
    std::vector<test_lists> needed{needed_tests(made.match)};
    for (auto const& window : definition.windows) {
        auto& steps = made.windows.emplace_back();
        steps.reserve(window.steps.size());
        for (auto const& step : window.steps) {
            append_gates(steps.emplace_back(step, source_kind, tests), made.tests);
            needed.push_back(needed_tests(steps.back()));
        }
    }
    made.needed = needed.size() == 1 ? std::move(needed.front()) : needed_by_any(needed);
    return made;
}

} // namespace

rule_program::rule_program(std::shared_ptr<rule_definition const> definition) : definition_(std::move(definition)) {
    variants_.reserve(definition_->applies_to.size());
    for (auto const& kind : definition_->applies_to)
        variants_.push_back(make_variant(*definition_, kind));
}

rule_program::variant const* rule_program::variant_for(std::string_view source_kind) const {
    auto const found = std::ranges::find(variants_, source_kind, &variant::source_kind);
    return found == variants_.end() ? nullptr : &*found;
}

} // namespace rulehost
