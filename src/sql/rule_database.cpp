#include "sql/rule_database.hpp"

#include "sql/lease.hpp"
#include "sql/rule_pin_table.hpp"
#include "sql/rule_rows.hpp"
#include "sql/session/schema.hpp"
#include "sql/storable_text.hpp"
#include "sql/worker_table.hpp"
#include "text/number.hpp"

#include <system_error>
#include <utility>

namespace rulehost {

namespace {

using purpose = transaction::purpose;

} // namespace

rule_database::rule_database(database_url url, std::function<time_point()> clock, std::shared_ptr<call_watch> watch,
                             database_access access)
    : connection_(std::move(url), access, std::move(watch)), clock_(std::move(clock)) {}

time_point rule_database::clock(session& sql) {
    return database_clock(sql, clock_);
}

time_point rule_database::clock() {
    return connection_.run([&](session& sql) { return clock(sql); });
}

// One statement, so that revision and extent belong together.
database_standing rule_database::standing(session& sql) {
    auto const rows = sql.query("SELECT revision, database_id, (SELECT COUNT(*) FROM ttp_first_pass), "
                                "(SELECT MAX(min_reader) FROM schema_version) FROM ttp_revision",
                                4);
    if (rows.empty())
        throw database_error(database_error::kind::other, "ttp_revision has lost its row");
    auto const& row = rows.front();
    require_understood(sql, number_in<std::size_t>(row[3]));
    return {{row[1].value_or(""), to_revision(row[0])}, row[2] == "0" ? rule_extent::whole : rule_extent::part};
}

database_position rule_database::position() {
    return connection_.run([](session& sql) { return standing(sql).position; });
}

rulehost::revision rule_database::counter(session& sql) {
    return standing(sql).position.revision;
}

change_page rule_database::changes_after(revision after, std::size_t limit) {
    return connection_.run([&](session& sql) {
        change_page page;
        page.at = standing(sql);
        auto const newest = page.at.position.revision;
        if (newest <= after)
            return page;
        // Every number up to the position is committed, since a number is assigned under a lock held until the commit.
        // So no common transaction is needed, and a missing number was trimmed from the history.
        auto const rows =
            sql.query("SELECT " + std::string(change_columns) +
                          " FROM ttp_rule_change WHERE revision > :1 AND revision <= :2 ORDER BY revision LIMIT " +
                          std::to_string(limit),
                      4, {signed_number(after), signed_number(newest)});
        for (auto const& row : rows) {
            auto change = to_change(row);
            if (change.revision != after + page.changes.size() + 1)
                break;
            page.changes.push_back(std::move(change));
        }
        auto const reached = after + page.changes.size();
        if (page.changes.size() < rows.size() || (rows.size() < limit && reached < newest))
            page.what = change_page::history::trimmed;
        return page;
    });
}

std::vector<stored_rule> rule_database::rules(session& sql) {
    std::vector<stored_rule> all;
    for (auto& row : sql.query("SELECT rule_id, source_path, yaml_content, updated_by, revision FROM ttp_rule "
                               "ORDER BY rule_id",
                               5)) {
        stored_rule rule;
        rule.rule_id = std::move(row[0]).value_or("");
        rule.source_path = std::move(row[1]).value_or("");
        rule.yaml_content = std::move(row[2]).value_or("");
        rule.updated_by = std::move(row[3]).value_or("");
        rule.revision = to_revision(row[4]);
        all.push_back(std::move(rule));
    }
    return all;
}

std::vector<stored_state> rule_database::states(session& sql) {
    std::vector<stored_state> all;
    for (auto const& row : sql.query("SELECT rule_id, revision, " + state_columns(sql.dialect()) +
                                         " FROM ttp_rule_state ORDER BY rule_id",
                                     8)) {
        auto const written = to_revision(row[1]);
        all.push_back({row[0].value_or(""), to_state(&row[2], written), written});
    }
    return all;
}

std::vector<stored_list> rule_database::lists(session& sql) {
    std::vector<stored_list> all;
    for (auto& row : sql.query("SELECT list_name, list_values, source_path, updated_by, revision FROM ttp_rule_list "
                               "ORDER BY list_name",
                               5)) {
        stored_list list;
        list.name = std::move(row[0]).value_or("");
        list.values = std::move(row[1]).value_or("");
        list.source_path = std::move(row[2]).value_or("");
        list.updated_by = std::move(row[3]).value_or("");
        list.revision = to_revision(row[4]);
        all.push_back(std::move(list));
    }
    return all;
}

std::vector<stored_list> rule_database::lists() {
    return connection_.run([](session& sql) { return lists(sql); });
}

rulehost::revision rule_database::write_list(stored_list const& list, std::optional<lease_claim> const& under) {
    return connection_.transact([&](session& sql) -> rulehost::revision {
        auto const& dialect = sql.dialect();
        require_lease(sql, under);
        auto const source_path = storable_text(list.source_path);
        auto const rows =
            sql.query("SELECT list_values, source_path, updated_by, revision FROM ttp_rule_list WHERE list_name = :1" +
                          std::string(dialect.lock_rows),
                      4, {list.name});
        if (!rows.empty() && rows.front()[0] == list.values && rows.front()[1] == source_path &&
            rows.front()[2] == list.updated_by)
            return to_revision(rows.front()[3]);
        std::vector<sql_value> const values{source_path, list.values, dialect.time_value(clock(sql)), list.updated_by,
                                            list.name};
        sql.execute(rows.empty() ? "INSERT INTO ttp_rule_list (source_path, list_values, updated_at, updated_by, "
                                   "list_name) VALUES (:1, :2, :3, :4, :5)"
                                 : "UPDATE ttp_rule_list SET source_path = :1, list_values = :2, updated_at = :3, "
                                   "updated_by = :4 WHERE list_name = :5",
                    values);
        return counter(sql);
    });
}

bool rule_database::remove_list(std::string const& name, std::string const& by,
                                std::optional<lease_claim> const& under) {
    return connection_.transact([&](session& sql) {
        require_lease(sql, under);
        if (sql.execute("DELETE FROM ttp_rule_list WHERE list_name = :1", {name}) == 0)
            return false;
        attribute(sql, counter(sql), by, "list");
        return true;
    });
}

std::vector<stored_rule> rule_database::rules() {
    return connection_.run([](session& sql) { return rules(sql); });
}

std::vector<stored_state> rule_database::states() {
    return connection_.run([](session& sql) { return states(sql); });
}

database_contents rule_database::contents() {
    return connection_.run([](session& sql) {
        transaction reading(sql, purpose::read);
        database_contents all{standing(sql), rules(sql), states(sql), lists(sql), decisions(sql)};
        reading.commit();
        return all;
    });
}

rule_database::text_history rule_database::former_texts(std::string const& rule_id, std::size_t limit) {
    return connection_.run([&](session& sql) {
        text_history found;
        for (auto const& row :
             sql.query("SELECT " + std::string(change_columns) +
                           " FROM ttp_rule_change WHERE rule_id = :1 AND kind IN ('definition', 'deletion') "
                           "ORDER BY revision DESC LIMIT " +
                           std::to_string(limit),
                       4, {rule_id})) {
            auto change = to_change(row);
            if (std::holds_alternative<deletion>(change.value)) {
                found.is_whole = true;
                break;
            }
            if (auto* const text = std::get_if<definition_text>(&change.value))
                found.texts.push_back(std::move(text->yaml_content));
        }
        return found;
    });
}

std::vector<change_row> rule_database::history(std::string const& rule_id, revision after, std::size_t limit) {
    return connection_.run([&](session& sql) {
        std::vector<sql_value> values{signed_number(after)};
        if (!rule_id.empty())
            values.emplace_back(rule_id);
        std::vector<change_row> all;
        for (auto& row : sql.query("SELECT revision, rule_id, kind, " + sql.dialect().time_text("changed_at") +
                                       ", changed_by, detail FROM ttp_rule_change WHERE revision > :1" +
                                       (rule_id.empty() ? "" : " AND rule_id = :2") + " ORDER BY revision LIMIT " +
                                       std::to_string(limit),
                                   6, values)) {
            change_row entry;
            entry.revision = to_revision(row[0]);
            entry.rule_id = std::move(row[1]).value_or("");
            entry.kind = std::move(row[2]).value_or("");
            entry.changed_at = time_in(row[3]).value_or(entry.changed_at);
            entry.changed_by = std::move(row[4]).value_or("");
            entry.detail = std::move(row[5]).value_or("");
            all.push_back(std::move(entry));
        }
        return all;
    });
}

std::optional<rule_database::row_of_rule> rule_database::locked_row(session& sql, std::string const& rule_id) {
    auto rows = sql.query("SELECT yaml_content, source_path, updated_by, content_hash, revision FROM ttp_rule WHERE "
                          "rule_id = :1" +
                              std::string(sql.dialect().lock_rows),
                          5, {rule_id});
    if (rows.empty())
        return std::nullopt;
    auto& row = rows.front();
    return row_of_rule{std::move(row[0]).value_or(""), std::move(row[1]).value_or(""), std::move(row[2]).value_or(""),
                       std::move(row[3]).value_or(""), to_revision(row[4])};
}

void rule_database::put_rule(session& sql, stored_rule const& rule, std::int64_t version,
                             std::string const& content_hash, bool has_row) {
    std::vector<sql_value> const values{version,
                                        storable_text(rule.source_path), // the name of a directory may be any bytes
                                        rule.yaml_content,
                                        content_hash,
                                        sql.dialect().time_value(clock(sql)),
                                        rule.updated_by,
                                        rule.rule_id};
    sql.execute(has_row ? "UPDATE ttp_rule SET rule_version = :1, source_path = :2, yaml_content = :3, content_hash = "
                          ":4, updated_at = :5, updated_by = :6 WHERE rule_id = :7"
                        : "INSERT INTO ttp_rule (rule_version, source_path, yaml_content, content_hash, updated_at, "
                          "updated_by, rule_id) VALUES (:1, :2, :3, :4, :5, :6, :7)",
                values);
}

rulehost::revision rule_database::write_rule(stored_rule const& rule, std::int64_t version,
                                             std::string const& content_hash, std::optional<lease_claim> const& under) {
    return connection_.transact([&](session& sql) -> rulehost::revision {
        require_lease(sql, under);
        auto const row = locked_row(sql, rule.rule_id);
        if (auto const pin = find_pin(sql, rule.rule_id)) {
            if (row && pin->file_hash == content_hash)
                return row->revision;
            end_pin(sql, rule.rule_id, rule.updated_by, clock(sql));
        }
        if (row && row->yaml_content == rule.yaml_content && row->source_path == storable_text(rule.source_path) &&
            row->updated_by == rule.updated_by)
            return row->revision;
        put_rule(sql, rule, version, content_hash, row.has_value());
        return counter(sql);
    });
}

bool rule_database::remove_rule(std::string const& rule_id, std::string const& by,
                                std::optional<lease_claim> const& under) {
    return connection_.transact([&](session& sql) {
        require_lease(sql, under);
        if (sql.execute("DELETE FROM ttp_rule WHERE rule_id = :1", {rule_id}) == 0)
            return false;
        attribute(sql, counter(sql), by, "deletion");
        end_pin(sql, rule_id, by, clock(sql));
        return true;
    });
}

std::size_t rule_database::count_deleted(std::string const& by, duration ago) {
    return connection_.run([&](session& sql) {
        // By the clock of the triggers, which record the time of a deletion.
        auto const rows =
            sql.query("SELECT COUNT(DISTINCT rule_id) FROM ttp_rule_change WHERE changed_at >= :1 AND "
                      "kind = 'deletion' AND changed_by = :2 AND rule_id NOT IN (SELECT rule_id FROM ttp_rule)",
                      1, {sql.dialect().time_value(database_clock(sql) - ago), by});
        return rows.empty() ? 0 : number_in<std::size_t>(rows.front()[0]);
    });
}

void rule_database::begin_first_pass(lease_claim const& under) {
    connection_.transact([&](session& sql) {
        require_lease(sql, under);
        if (sql.query("SELECT 1 FROM ttp_first_pass WHERE name = :1", 1, {under.name}).empty())
            sql.execute("INSERT INTO ttp_first_pass (name) VALUES (:1)", {under.name});
        return true;
    });
}

void rule_database::end_first_pass(lease_claim const& under) {
    connection_.transact([&](session& sql) {
        require_lease(sql, under);
        return sql.execute("DELETE FROM ttp_first_pass WHERE name = :1", {under.name});
    });
}

std::vector<quarantined_row> rule_database::quarantine() {
    return connection_.run([](session& sql) { return quarantine_rows(sql); });
}

void rule_database::write_quarantine(std::vector<quarantined_row> const& rows, lease_claim const& under) {
    connection_.transact([&](session& sql) {
        require_lease(sql, under);
        rulehost::write_quarantine(sql, under.name, rows, clock(sql));
        return true;
    });
}

worker_list rule_database::workers() {
    return connection_.run([&](session& sql) {
        worker_list all;
        all.rows = worker_rows(sql);
        all.newest = standing(sql).position.revision; // read last: no row is ahead of it, except after a reset
        all.now = clock(sql);
        return all;
    });
}

void rule_database::write_worker(worker_row const& row) {
    connection_.transact([&](session& sql) {
        auto const now = clock(sql);
        rulehost::write_worker(sql, row, now, now - worker_is_gone_after);
        return true;
    });
}

std::string rule_database::claim_worker(worker_row const& row, process_check const& has_ended) {
    return connection_.transact([&](session& sql) { return rulehost::claim_worker(sql, row, clock(sql), has_ended); });
}

bool rule_database::remove_worker(std::string const& process) {
    return connection_.transact([&](session& sql) { return rulehost::remove_worker(sql, process); });
}

std::size_t rule_database::remove_gone_worker(std::string const& worker) {
    return connection_.transact(
        [&](session& sql) { return rulehost::remove_gone_worker(sql, worker, clock(sql) - worker_is_gone_after); });
}

std::int64_t rule_database::trim(time_point before) {
    return connection_.transact([&](session& sql) {
        trim_pins(sql, before);
        return sql.execute("DELETE FROM ttp_rule_change WHERE changed_at < :1", {sql.dialect().time_value(before)});
    });
}

void rule_database::require_lease(session& sql, std::optional<lease_claim> const& claim) {
    if (!claim)
        return;
    auto const lease = find_lease(sql, claim->name);
    if (!lease || lease->holder != claim->holder || !lease->holds(clock(sql)))
        throw lease_lost();
}

bool rule_database::take_lease(std::string const& name, std::string const& holder, duration length) {
    return connection_.transact(
        [&](session& sql) { return rulehost::take_lease(sql, name, holder, clock(sql), length); });
}

void rule_database::give_lease_back(std::string const& name, std::string const& holder) {
    connection_.transact([&](session& sql) {
        rulehost::give_lease_back(sql, name, holder);
        return true;
    });
}

} // namespace rulehost
