#include "sql/quarantine_table.hpp"

#include "sql/storable_text.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace rulehost {

namespace {

bool is_same(quarantined_row const& a, quarantined_row const& b) {
    return a.rule_id == b.rule_id && a.source_path == b.source_path && a.findings == b.findings;
}

} // namespace

std::vector<quarantined_row> quarantine_rows(session& sql) {
    std::vector<quarantined_row> rows;
    for (auto& row :
         sql.query("SELECT projection, rule_id, source_path, findings, " + sql.dialect().time_text("quarantined_at") +
                       " FROM ttp_rule_quarantine ORDER BY projection, number",
                   5)) {
        quarantined_row each;
        each.projection = std::move(row[0]).value_or("");
        each.rule_id = std::move(row[1]).value_or("");
        each.source_path = std::move(row[2]).value_or("");
        each.findings = std::move(row[3]).value_or("");
        each.since = time_in(row[4]).value_or(each.since);
        rows.push_back(std::move(each));
    }
    return rows;
}

void write_quarantine(session& sql, std::string const& projection, std::vector<quarantined_row> rows, time_point now) {
    auto present = quarantine_rows(sql);
    std::erase_if(present, [&](quarantined_row const& each) { return each.projection != projection; });
    for (auto& each : rows) {
        each.rule_id = storable_text(each.rule_id);
        each.source_path = storable_text(each.source_path); // a directory's name may hold any bytes
        each.findings = storable_text(each.findings);
        auto const known =
            std::ranges::find_if(present, [&](quarantined_row const& old) { return is_same(old, each); });
        each.since = known == present.end() ? now : known->since;
    }
    if (std::ranges::equal(rows, present, is_same))
        return;
    sql.execute("DELETE FROM ttp_rule_quarantine WHERE projection = :1", {projection});
    std::int64_t number = 0;
    for (auto const& each : rows) {
        sql.execute(
            "INSERT INTO ttp_rule_quarantine (projection, number, rule_id, source_path, findings, quarantined_at) "
            "VALUES (:1, :2, :3, :4, :5, :6)",
            {projection, ++number, each.rule_id, each.source_path, each.findings,
             sql.dialect().time_value(each.since)});
    }
}

} // namespace rulehost
