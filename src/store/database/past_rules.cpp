#include "store/database/past_rules.hpp"

#include "store/database/database_mirror.hpp"
#include "store/database/observation.hpp"

#include <map>
#include <string>
#include <utility>

namespace rulehost {

rule_snapshot rules_of(rule_history const& history, past_contents past, rule_gate const& admit, time_point now) {
    observation seen;
    seen.position = past.held.at.position;
    seen.extent = past.held.at.extent;
    auto& all = seen.all.emplace();
    std::map<std::string, std::string> list_rows;
    for (auto& row : past.held.lists) {
        all.list_rows.emplace(row.name, row.revision);
        list_rows.emplace(std::move(row.name), std::move(row.values));
    }
    all.lists.replace(list_rows);
    auto const& lists = *all.lists.live();
    for (auto const& row : past.held.rules) {
        auto rule = read_row(row.rule_id, row.yaml_content, row.revision, lists);
        if (!rule.definition) {
            auto const former = history.former_texts(row.rule_id, row.revision, former_texts_tried);
            rule.former_is_whole = former.is_whole;
            rule.former = newest_good(former.texts, rule, nullptr, lists, admit);
        }
        rulehost::admit(rule, admit);
        all.rules.push_back(std::move(rule));
    }
    for (auto& row : past.held.states)
        all.states.push_back({std::move(row), std::nullopt});
    for (auto& row : past.held.decisions)
        all.decisions.push_back({std::move(row), std::nullopt});
    database_mirror mirror(admit);
    mirror.apply(std::move(seen), now);
    return mirror.snapshot(now);
}

} // namespace rulehost
