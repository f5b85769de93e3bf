#pragma once

#include <rulehost/tag.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace rulehost {

/// Selection of an output's tags; an empty member selects all. A value.
struct output_filter {
    std::vector<std::string> techniques; ///< `T1059`, with its sub-techniques, or `T1059.004`: one of them
    std::vector<std::string> rules;      ///< one of their ids
    double min_confidence = 0;

    bool takes(tag const& t) const {
        auto const has = [](std::vector<std::string> const& list, std::string const& id) {
            return std::ranges::find(list, id) != list.end();
        };
        return !t.observe && t.confidence >= min_confidence && (rules.empty() || has(rules, t.rule_id)) &&
            (techniques.empty() || has(techniques, t.technique_id) || has(techniques, t.sub_technique_id));
    }
};

} // namespace rulehost
