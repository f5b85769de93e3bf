#pragma once

#include <rulehost/rule_definition.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace rulehost {

/// The ids of the techniques that a rule can emit; of the sub-technique if it names one.
inline std::set<std::string> techniques_of(rule_definition const& rule) {
    std::set<std::string> ids;
    auto const add = [&ids](emission const& claimed) { ids.insert(technique_of(claimed)); };
    std::ranges::for_each(rule.emits, add);
    for (auto const& table : rule.emits_by_value)
        for (auto const& [value, emissions] : table.values)
            std::ranges::for_each(emissions, add);
    return ids;
}

} // namespace rulehost
