#include "sql/rule_pin_table.hpp"

#include "sql/storable_text.hpp"

#include <cstdint>
#include <utility>

namespace rulehost {

namespace {

std::vector<rule_pin> select(session& sql, std::string const& condition, std::vector<sql_value> const& values) {
    auto const& dialect = sql.dialect();
    std::vector<rule_pin> pins;
    for (auto& row : sql.query("SELECT rule_id, to_revision, revision, file_hash, reason, set_by, " +
                                   dialect.time_text("set_at") + ", " + dialect.time_text("ended_at") +
                                   ", ended_by FROM ttp_rule_pin WHERE " + condition + " ORDER BY revision",
                               9, values)) {
        rule_pin each;
        each.rule_id = std::move(row[0]).value_or("");
        each.to = number_in<rulehost::revision>(row[1]);
        each.revision = number_in<rulehost::revision>(row[2]);
        each.file_hash = std::move(row[3]).value_or("");
        each.reason = std::move(row[4]).value_or("");
        each.set_by = std::move(row[5]).value_or("");
        each.set_at = time_in(row[6]).value_or(time_point{});
        each.ended_at = time_in(row[7]);
        each.ended_by = std::move(row[8]).value_or("");
        pins.push_back(std::move(each));
    }
    return pins;
}

} // namespace

std::vector<rule_pin> rule_pins(session& sql, std::string const& rule_id) {
    return rule_id.empty() ? select(sql, "1 = 1", {}) : select(sql, "rule_id = :1", {rule_id});
}

std::optional<rule_pin> find_pin(session& sql, std::string const& rule_id) {
    auto standing = select(sql, "rule_id = :1 AND ended_at IS NULL", {rule_id});
    return standing.empty() ? std::nullopt : std::optional(std::move(standing.back()));
}

void put_pin(session& sql, rule_pin const& pin) {
    sql.execute("INSERT INTO ttp_rule_pin (revision, rule_id, to_revision, file_hash, reason, set_by, set_at) VALUES "
                "(:1, :2, :3, :4, :5, :6, :7)",
                {static_cast<std::int64_t>(pin.revision), pin.rule_id, static_cast<std::int64_t>(pin.to), pin.file_hash,
                 storable_text(pin.reason), storable_text(pin.set_by), sql.dialect().time_value(pin.set_at)});
}

bool end_pin(session& sql, std::string const& rule_id, std::string const& by, time_point now) {
    return sql.execute("UPDATE ttp_rule_pin SET ended_at = :1, ended_by = :2 WHERE rule_id = :3 AND ended_at IS NULL",
                       {sql.dialect().time_value(now), storable_text(by), rule_id}) > 0;
}

void trim_pins(session& sql, time_point before) {
    sql.execute("DELETE FROM ttp_rule_pin WHERE ended_at < :1", {sql.dialect().time_value(before)});
}

} // namespace rulehost
