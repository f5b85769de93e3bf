#include "report/navigator_layer.hpp"

#include "text/plural.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace rulehost {

namespace json = boost::json;

json::object navigator_layer(report_data const& data, attack_table const& attack) {
    json::array techniques;
    std::uint64_t most = 1;
    for (auto const& each : data.techniques()) {
        most = std::max(most, each.tags);
        json::object entry{{"techniqueID", each.id},
                           {"score", each.tags},
                           {"comment",
                            plural(each.tags, "tag") + ", confidence up to " +
                                std::to_string(static_cast<int>(each.highest * 100 + 0.5)) + " %"},
                           {"enabled", true},
                           {"showSubtechniques", each.id.find('.') != std::string::npos}};
        if (auto const* const tactic = attack.find_tactic(each.tactic))
            entry["tactic"] = tactic->short_name;
        techniques.push_back(std::move(entry));
    }
    auto const release = attack.release().substr(0, attack.release().find('.'));
    return {{"name", "What the sensors saw"},
            {"versions", {{"attack", release}, {"navigator", "5.1.0"}, {"layer", "4.5"}}},
            {"domain", "enterprise-attack"},
            {"description",
             plural(data.tags(), "tag") + " of rulehost from " + format_time(data.since()) + " to " +
                 format_time(data.until())},
            {"sorting", 3},
            {"layout",
             {{"layout", "side"},
              {"aggregateFunction", "sum"},
              {"showID", true},
              {"showName", true},
              {"showAggregateScores", true},
              {"countUnscored", false},
              {"expandedSubtechniques", "annotated"}}},
            {"hideDisabled", false},
            {"techniques", std::move(techniques)},
            {"gradient",
             {{"colors", json::array{"#e8eefcff", "#3b74c8ff", "#163d7aff"}}, {"minValue", 0}, {"maxValue", most}}},
            {"legendItems", json::array()},
            {"metadata", json::array()},
            {"selectTechniquesAcrossTactics", false},
            {"selectSubtechniquesWithParent", false}};
}

} // namespace rulehost
