#pragma once

#include <rulehost/tag.hpp>
#include <rulehost/tracer.hpp>

#include <string_view>
#include <vector>

namespace rulehost {

/// Child spans of an evaluation, one for each of its tags. Their attributes hold nothing of the event.
inline void trace_tags(traced_span const& evaluation, std::vector<tag> const& tags) {
    if (!evaluation.id().is_recorded())
        return;
    for (auto const& each : tags) {
        if (each.withheld_by != 0)
            continue;
        traced_span fired(evaluation, "ttp.rule.fire");
        fired.note("rule_id", std::string_view(each.rule_id));
        fired.note("technique_id", std::string_view(technique_of(each)));
        fired.note("confidence", each.confidence);
    }
}

} // namespace rulehost
