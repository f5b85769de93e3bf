#include "report/navigator_layer.hpp"

#include "text/plural.hpp"
#include "time/whole_seconds.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

namespace rulehost {

namespace json = boost::json;

namespace {

struct cell {
    std::string tactic; ///< its id; empty: the technique is coloured under each of its tactics
    std::string technique;
    std::int64_t score = 0;
    std::string comment;
};

/// Counts of a technique before and after.
using changes = std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>>;

json::object gradient(json::array colours, std::int64_t least, std::int64_t most) {
    return {{"colors", std::move(colours)}, {"minValue", least}, {"maxValue", most}};
}

/// White for no change.
json::object gradient_of_change(std::vector<cell> const& cells) {
    std::int64_t most = 1;
    for (auto const& each : cells)
        most = std::max(most, std::abs(each.score));
    return gradient({"#2f6f4fff", "#ffffffff", "#b3261eff"}, -most, most);
}

json::object layer(std::string const& name, std::string const& description, std::vector<cell> const& cells,
                   json::object colours, attack_table const& attack) {
    json::array techniques;
    for (auto const& each : cells) {
        json::object entry{{"techniqueID", each.technique},
                           {"score", each.score},
                           {"comment", each.comment},
                           {"enabled", true},
                           {"showSubtechniques", each.technique.find('.') != std::string::npos}};
        if (auto const* const tactic = attack.find_tactic(each.tactic))
            entry["tactic"] = tactic->short_name;
        techniques.push_back(std::move(entry));
    }
    auto const release = attack.release().substr(0, attack.release().find('.'));
    return {{"name", name},
            {"versions", {{"attack", release}, {"navigator", "5.1.0"}, {"layer", "4.5"}}},
            {"domain", "enterprise-attack"},
            {"description", description},
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
            {"gradient", std::move(colours)},
            {"legendItems", json::array()},
            {"metadata", json::array()},
            {"selectTechniquesAcrossTactics", false},
            {"selectSubtechniquesWithParent", false}};
}

std::string span_text(report_data const& of) {
    return plural(of.tags(), "tag") + " from " + whole_seconds(of.since()) + " to " + whole_seconds(of.until());
}

} // namespace

json::object navigator_layer(report_data const& data, attack_table const& attack) {
    std::vector<cell> cells;
    std::int64_t most = 1;
    for (auto const& each : data.techniques()) {
        auto const tags = static_cast<std::int64_t>(each.tags);
        most = std::max(most, tags);
        cells.push_back({each.tactic, each.id, tags,
                         plural(each.tags, "tag") + ", confidence up to " +
                             std::to_string(static_cast<int>(each.highest * 100 + 0.5)) + " %"});
    }
    return layer("What the sensors saw", span_text(data), cells,
                 gradient({"#e8eefcff", "#3b74c8ff", "#163d7aff"}, 0, most), attack);
}

json::object navigator_layer(report_data const& before, report_data const& after, attack_table const& attack) {
    changes counts;
    for (auto const& each : before.techniques())
        counts[{each.tactic, each.id}].first += static_cast<std::int64_t>(each.tags);
    for (auto const& each : after.techniques())
        counts[{each.tactic, each.id}].second += static_cast<std::int64_t>(each.tags);
    std::vector<cell> cells;
    for (auto const& [key, count] : counts)
        cells.push_back(
            {key.first, key.second, count.second - count.first,
             plural(static_cast<std::uint64_t>(count.second), "tag") + ", " + std::to_string(count.first) + " before"});
    return layer("What changed at the sensors", span_text(after) + "; before, " + span_text(before), cells,
                 gradient_of_change(cells), attack);
}

json::object navigator_layer(rule_comparison const& of, attack_table const& attack) {
    std::map<std::string, rule_difference> counts; // by technique
    for (auto const& each : of.differences.rules())
        counts[each.technique].add(each);
    std::vector<cell> cells;
    for (auto const& [technique, count] : counts)
        cells.push_back({"", technique, count.more, sum_of(count)});
    return layer("What the change of rules does",
                 of.before.name + " and " + of.after.name + " on " + plural(of.events, "event"), cells,
                 gradient_of_change(cells), attack);
}

} // namespace rulehost
