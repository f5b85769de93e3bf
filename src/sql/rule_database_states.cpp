#include "sql/rule_database.hpp"

#include "sql/rule_rows.hpp"
#include "sql/storable_text.hpp"

#include <utility>

namespace rulehost {

namespace {

using purpose = transaction::purpose;

} // namespace

std::optional<stored_state> rule_database::state(session& sql, std::string const& rule_id, std::string_view lock) {
    auto const rows = sql.query("SELECT revision, " + state_columns(sql.dialect()) +
                                    " FROM ttp_rule_state WHERE rule_id = :1" + std::string(lock),
                                7, {rule_id});
    if (rows.empty())
        return std::nullopt;
    auto const written = to_revision(rows.front()[0]);
    return stored_state{rule_id, to_state(&rows.front()[1], written), written};
}

std::optional<stored_state> rule_database::state(std::string const& rule_id) {
    return connection_.run([&](session& sql) { return state(sql, rule_id, ""); });
}

std::optional<rule_state> rule_database::former_state(std::string const& rule_id) {
    return connection_.run([&](session& sql) -> std::optional<rule_state> {
        for (auto const& row : sql.query("SELECT " + std::string(change_columns) +
                                             " FROM ttp_rule_change WHERE rule_id = :1 AND kind IN ('state', 'expiry') "
                                             "ORDER BY revision DESC LIMIT 20",
                                         4, {rule_id})) {
            auto const change = to_change(row);
            if (auto const* const state = std::get_if<rule_state>(&change.value))
                return *state;
        }
        return std::nullopt;
    });
}

/// Records the author and cause of a removal, which the triggers cannot.
void rule_database::attribute(session& sql, revision which, std::string const& by, std::string_view kind) {
    sql.execute("UPDATE ttp_rule_change SET changed_by = :1, kind = :2 WHERE revision = :3",
                {by, std::string(kind), signed_number(which)});
}

/// A malformed row counts as no state.
rule_state rule_database::standing(session& sql, std::string const& rule_id, std::optional<stored_state>& stored,
                                   time_point now) {
    auto const* const state = stored ? std::get_if<rule_state>(&stored->value) : nullptr;
    if (!state)
        return {};
    if (effective(*state, now) != rule_state())
        return *state;
    if (state->expires_at) {
        sql.execute("DELETE FROM ttp_rule_state WHERE rule_id = :1", {rule_id});
        attribute(sql, counter(sql), "expiry", "expiry");
        stored.reset();
    }
    return {};
}

rule_database::state_outcome rule_database::write_state(std::string const& rule_id, rule_state state,
                                                        std::optional<revision> expected) {
    return connection_.transact([&](session& sql) -> state_outcome {
        auto present = this->state(sql, rule_id, sql.dialect().lock_rows);
        if (auto current = standing(sql, rule_id, present, state.set_at.value());
            expected && current.revision != *expected)
            return conflict{std::move(current)};
        auto stored = state;
        stored.revision = put_state(sql, rule_id, state, present.has_value());
        return stored;
    });
}

revision rule_database::put_state(session& sql, std::string const& rule_id, rule_state const& state, bool has_row) {
    std::vector<sql_value> const values{std::string(to_string(state.status)),
                                        optional_number(state.confidence_max),
                                        optional_time(sql.dialect(), state.expires_at),
                                        state.reason,
                                        state.set_by,
                                        optional_time(sql.dialect(), state.set_at),
                                        rule_id};
    // Not an upsert: on MariaDB it would also take a number for the insert that it skips.
    sql.execute(has_row
                    ? "UPDATE ttp_rule_state SET state = :1, confidence_max = :2, expires_at = :3, reason = :4, "
                      "set_by = :5, set_at = :6 WHERE rule_id = :7"
                    : "INSERT INTO ttp_rule_state (state, confidence_max, expires_at, reason, set_by, set_at, rule_id) "
                      "VALUES (:1, :2, :3, :4, :5, :6, :7)",
                values);
    return counter(sql);
}

rule_database::state_outcome rule_database::remove_state(std::string const& rule_id, std::string const& by,
                                                         std::optional<revision> expected,
                                                         std::optional<revision> row) {
    return connection_.transact([&](session& sql) -> state_outcome {
        auto present = state(sql, rule_id, sql.dialect().lock_rows);
        if (row && (!present || present->revision != *row))
            return conflict{standing(sql, rule_id, present, clock(sql))};
        if (auto current = standing(sql, rule_id, present, clock(sql)); expected && current.revision != *expected)
            return conflict{std::move(current)};
        if (present) {
            sql.execute("DELETE FROM ttp_rule_state WHERE rule_id = :1", {rule_id});
            attribute(sql, counter(sql), by, "state");
        }
        return rule_state();
    });
}

std::optional<revision> rule_database::find_write(std::string const& rule_id, rule_state state) {
    return connection_.run([&](session& sql) -> std::optional<revision> {
        // The row first: it exists even if the history was just trimmed.
        if (auto const present = this->state(sql, rule_id, "")) {
            state.revision = present->revision;
            if (auto const* const stored = std::get_if<rule_state>(&present->value); stored && *stored == state)
                return present->revision;
        }
        for (auto const& row : sql.query("SELECT " + std::string(change_columns) +
                                             " FROM ttp_rule_change "
                                             "WHERE rule_id = :1 AND kind = 'state' ORDER BY revision DESC LIMIT 100",
                                         4, {rule_id})) {
            auto const change = to_change(row);
            state.revision = change.revision;
            if (auto const* const stored = std::get_if<rule_state>(&change.value); stored && *stored == state)
                return change.revision;
        }
        return std::nullopt;
    });
}

bool rule_database::find_removal(std::string const& rule_id, std::string const& by, revision after,
                                 std::string_view kind) {
    return connection_.run([&](session& sql) {
        return !sql.query("SELECT 1 FROM ttp_rule_change WHERE rule_id = :1 AND revision > :2 AND changed_by = :3 AND "
                          "kind = :4 AND detail IS NULL",
                          1, {rule_id, signed_number(after), by, std::string(kind)})
                    .empty();
    });
}

bool rule_database::remove_expired(std::string const& rule_id, revision expected) {
    // Reads without a lock first: a whole swarm wakes at the same instant, and only the first worker has to write.
    auto const present = state(rule_id);
    auto const* const before = present ? std::get_if<rule_state>(&present->value) : nullptr;
    if (!before || before->revision != expected || !before->expires_at || clock() < *before->expires_at)
        return false;
    return connection_.transact([&](session& sql) {
        if (sql.execute("DELETE FROM ttp_rule_state WHERE rule_id = :1 AND revision = :2",
                        {rule_id, signed_number(expected)}) == 0)
            return false;
        attribute(sql, counter(sql), "expiry", "expiry");
        return true;
    });
}

} // namespace rulehost
