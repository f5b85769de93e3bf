#include "sql/rule_hour_table.hpp"

#include "sql/storable_text.hpp"
#include "text/number.hpp"

#include <chrono>
#include <utility>

namespace rulehost {

time_point hour_of(time_point at) {
    return std::chrono::floor<std::chrono::hours>(at);
}

void rule_hour_table::add(std::span<rule_counts const> counts, std::string const& worker, time_point now) {
    connection_.transact([&](session& sql) {
        auto const hour = sql.dialect().time_value(hour_of(now));
        auto const number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
        for (auto const& each : counts)
            sql.execute(sql.dialect().add_rule_hour,
                        {hour, storable_text(each.rule_id), storable_text(worker), number(each.hits), number(each.tags),
                         number(each.withheld), number(each.measured), number(each.cost)});
        return true;
    });
}

std::size_t rule_hour_table::remove_before(time_point end, std::size_t limit) {
    return connection_.transact([&](session& sql) -> std::size_t {
        auto const rows =
            sql.query("SELECT " + sql.dialect().time_text("begins_at") +
                          ", rule_id, worker FROM ttp_rule_hour WHERE begins_at < :1 ORDER BY begins_at LIMIT " +
                          std::to_string(limit),
                      3, {sql.dialect().time_value(end)});
        for (auto const& row : rows)
            if (auto const at = time_in(row[0]))
                sql.execute("DELETE FROM ttp_rule_hour WHERE begins_at = :1 AND rule_id = :2 AND worker = :3",
                            {sql.dialect().time_value(*at), row[1].value_or(""), row[2].value_or("")});
        return rows.size();
    });
}

std::vector<rule_counts> rule_counts_since(session& sql, time_point since) {
    std::vector<rule_counts> all;
    for (auto& row : sql.query("SELECT rule_id, SUM(hits), SUM(tags), SUM(withheld), SUM(measured), SUM(cost) "
                               "FROM ttp_rule_hour WHERE begins_at >= :1 GROUP BY rule_id ORDER BY rule_id",
                               6, {sql.dialect().time_value(hour_of(since))})) {
        rule_counts counts;
        counts.rule_id = std::move(row[0]).value_or("");
        auto cell = row.begin();
        for (auto* const each : {&counts.hits, &counts.tags, &counts.withheld, &counts.measured, &counts.cost})
            *each = number_in<std::uint64_t>(*++cell);
        all.push_back(std::move(counts));
    }
    return all;
}

std::vector<rule_tags> rule_tags_since(session& sql, time_point since, bool with_retracted) {
    std::vector<rule_tags> all;
    for (auto& row : sql.query("SELECT rule_id, MAX(rule_name), COUNT(*) AS tags, COUNT(DISTINCT attacker_uuid), "
                               "COUNT(DISTINCT session_id) FROM ttp_tag WHERE created_at >= :1" +
                                   std::string(with_retracted ? "" : " AND (retracted IS NULL OR retracted = 0)") +
                                   " GROUP BY rule_id ORDER BY tags DESC, rule_id",
                               5, {sql.dialect().time_value(since)})) {
        rule_tags counts;
        counts.rule_id = std::move(row[0]).value_or("");
        counts.name = std::move(row[1]).value_or("");
        counts.tags = number_in<std::uint64_t>(row[2]);
        counts.attackers = number_in<std::uint64_t>(row[3]);
        counts.sessions = number_in<std::uint64_t>(row[4]);
        all.push_back(std::move(counts));
    }
    return all;
}

} // namespace rulehost
