#include "store/database/listed_rows.hpp"

#include "store/database/observation.hpp"

#include <utility>

namespace rulehost {

std::vector<rule_row> listed(std::vector<stored_rule> rows) {
    std::vector<rule_row> all;
    for (auto& row : rows)
        all.push_back({std::move(row.rule_id), std::move(row.yaml_content), std::move(row.source_path),
                       std::move(row.updated_by), row.revision});
    return all;
}

std::vector<list_row> listed(std::vector<stored_list> rows) {
    std::vector<list_row> all;
    for (auto& row : rows)
        all.push_back({std::move(row.name), std::move(row.values), std::move(row.source_path),
                       std::move(row.updated_by), row.revision});
    return all;
}

std::vector<quarantined_text> listed(std::vector<quarantined_row> rows) {
    std::vector<quarantined_text> all;
    for (auto& row : rows)
        all.push_back({std::move(row.projection), std::move(row.rule_id), std::move(row.source_path),
                       std::move(row.findings), row.since});
    return all;
}

std::vector<history_entry> listed(std::vector<change_row> rows) {
    std::vector<history_entry> all;
    for (auto& row : rows)
        all.push_back({row.revision, std::move(row.rule_id), std::move(row.kind), row.changed_at,
                       std::move(row.changed_by), std::move(row.detail)});
    return all;
}

std::map<std::string, rule_state> listed(std::vector<stored_state> rows, time_point now) {
    std::map<std::string, rule_state> all;
    for (auto& row : rows)
        if (why_unusable(row.rule_id, row.value).empty())
            all.emplace(std::move(row.rule_id), effective(std::get<rule_state>(row.value), now));
    return all;
}

decision_map listed(std::vector<stored_decision> rows, time_point now) {
    decision_map all;
    for (auto& row : rows) {
        auto* const made = why_unusable(row.value).empty() ? std::get_if<decision>(&row.value) : nullptr;
        if (made && !has_ended(*made, now))
            all.emplace(row.id, std::move(*made));
    }
    return all;
}

std::vector<quarantined_rule> damaged(std::vector<stored_state> const& states,
                                      std::vector<stored_decision> const& decisions) {
    std::vector<quarantined_rule> all;
    for (auto const& row : states)
        if (auto const why = why_unusable(row.rule_id, row.value); !why.empty())
            all.push_back(damaged_state(row.rule_id, why));
    for (auto const& row : decisions)
        if (auto const why = why_unusable(row.value); !why.empty())
            all.push_back(damaged_decision(row.id, why));
    return all;
}

} // namespace rulehost
