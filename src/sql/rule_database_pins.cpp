#include "sql/rule_database.hpp"
#include "sql/rule_pin_table.hpp"
#include "sql/rule_rows.hpp"
#include "sql/session/schema.hpp"

#include <optional>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t version_with_pins = 13;

} // namespace

std::vector<rule_pin> rule_database::pins(std::string const& rule_id) {
    return connection_.run([&](session& sql) {
        return schema_version(sql) < version_with_pins ? std::vector<rule_pin>() : rule_pins(sql, rule_id);
    });
}

rulehost::revision rule_database::roll_back(rule_pin pin, stored_rule rule, std::int64_t version,
                                            std::string const& content_hash) {
    return connection_.transact([&](session& sql) -> rulehost::revision {
        auto const row = locked_row(sql, rule.rule_id);
        auto const standing = find_pin(sql, rule.rule_id);
        if (row && row->yaml_content == rule.yaml_content)
            return standing && standing->to == pin.to && standing->set_by == pin.set_by ? standing->revision : 0;
        pin.set_at = clock(sql);
        pin.file_hash = standing ? standing->file_hash : row ? row->content_hash : std::string();
        rule.updated_by = row ? row->updated_by : pin.set_by;
        put_rule(sql, rule, version, content_hash, row.has_value());
        pin.revision = counter(sql);
        attribute(sql, pin.revision, pin.set_by, "definition");
        end_pin(sql, rule.rule_id, pin.set_by, pin.set_at);
        put_pin(sql, pin);
        return pin.revision;
    });
}

bool rule_database::unpin(std::string const& rule_id, std::string const& by) {
    return connection_.transact([&](session& sql) { return end_pin(sql, rule_id, by, clock(sql)); });
}

} // namespace rulehost
