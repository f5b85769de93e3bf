#include "sql/rule_database.hpp"

#include "sql/rule_rows.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>

#include <utility>

namespace rulehost {

namespace {

std::string list_text_of(std::vector<std::string> const& texts) {
    return json_text(boost::json::array(texts.begin(), texts.end()));
}

} // namespace

std::vector<stored_decision> rule_database::decisions(session& sql) {
    std::vector<stored_decision> all;
    for (auto const& row : sql.query("SELECT decision_id, revision, " + decision_columns(sql.dialect()) +
                                         " FROM ttp_decision ORDER BY decision_id",
                                     12)) {
        auto const id = to_revision(row[0]);
        all.push_back({id, to_decision(&row[2], id), to_revision(row[1])});
    }
    return all;
}

std::vector<stored_decision> rule_database::decisions() {
    return connection_.run([](session& sql) { return decisions(sql); });
}

std::optional<stored_decision> rule_database::stored(session& sql, decision_id id, std::string_view lock) {
    auto const rows = sql.query("SELECT revision, " + decision_columns(sql.dialect()) +
                                    " FROM ttp_decision WHERE decision_id = :1" + std::string(lock),
                                11, {signed_number(id)});
    if (rows.empty())
        return std::nullopt;
    return stored_decision{id, to_decision(&rows.front()[1], id), to_revision(rows.front()[0])};
}

std::optional<rule_database::standing_decision> rule_database::find_decision(session& sql, decision_id id,
                                                                             std::string_view lock) {
    if (auto row = stored(sql, id, lock)) {
        auto* const made = std::get_if<decision>(&row->value);
        standing_decision found;
        found.made.id = id;
        if (made)
            found.made = std::move(*made);
        return found;
    }
    auto const rows = sql.query("SELECT rule_id FROM ttp_rule_state WHERE revision = :1", 1, {signed_number(id)});
    if (rows.empty())
        return std::nullopt;
    auto const rule_id = rows.front()[0].value_or("");
    auto const present = state(sql, rule_id, lock);
    auto const* const state = present ? std::get_if<rule_state>(&present->value) : nullptr;
    auto made = state && present->revision == id ? as_decision(rule_id, *state) : std::nullopt;
    if (!made)
        return std::nullopt;
    return standing_decision{*std::move(made), rule_id};
}

std::optional<rule_database::standing_decision> rule_database::find_decision(decision_id id) {
    return connection_.run([&](session& sql) { return find_decision(sql, id, ""); });
}

decision_id rule_database::write_decision(decision const& made) {
    return connection_.transact([&](session& sql) -> decision_id {
        auto const& dialect = sql.dialect();
        if (auto const state = as_state(made)) {
            auto const& rule_id = made.rules.front();
            auto present = this->state(sql, rule_id, dialect.lock_rows);
            // Workers keep the last value of a damaged row.
            auto const is_damaged = present && std::holds_alternative<malformed_value>(present->value);
            if (!is_damaged && standing(sql, rule_id, present, made.set_at.value()).status == rule_status::enabled)
                return put_state(sql, rule_id, *state, present.has_value());
        }
        sql.execute("INSERT INTO ttp_decision (effect, confidence_max, rules, scope, starts_at, ends_at, reason, "
                    "ticket, set_by, set_at) VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10)",
                    {std::string(to_string(made.effect)), optional_number(made.confidence_max),
                     list_text_of(made.rules), list_text_of(made.scope), optional_time(dialect, made.starts_at),
                     optional_time(dialect, made.ends_at), made.reason, made.ticket, made.set_by,
                     optional_time(dialect, made.set_at)});
        return counter(sql);
    });
}

std::optional<decision> rule_database::remove_decision(decision_id id, std::string const& by) {
    return connection_.transact([&](session& sql) -> std::optional<decision> {
        auto found = find_decision(sql, id, sql.dialect().lock_rows);
        if (!found)
            return std::nullopt;
        auto const is_state = !found->rule_id.empty();
        auto const is_over = has_ended(found->made, clock(sql));
        if (is_state)
            sql.execute("DELETE FROM ttp_rule_state WHERE rule_id = :1", {found->rule_id});
        else
            sql.execute("DELETE FROM ttp_decision WHERE decision_id = :1", {signed_number(id)});
        if (is_over) {
            attribute(sql, counter(sql), "expiry", is_state ? "expiry" : "decision_expiry");
            return std::nullopt;
        }
        attribute(sql, counter(sql), by, is_state ? "state" : "decision");
        return std::move(found->made);
    });
}

std::optional<decision_id> rule_database::find_written(decision made, revision after) {
    return connection_.run([&](session& sql) -> std::optional<decision_id> {
        auto const is_it = [&](decision_id id, decision const& stored) {
            made.id = id;
            return id > after && stored == made;
        };
        // Rows first: they exist even if the history was just trimmed.
        for (auto const& row : decisions(sql)) {
            auto const* const stored = std::get_if<decision>(&row.value);
            if (stored && is_it(row.id, *stored))
                return row.id;
        }
        for (auto const& row : states(sql)) {
            auto const* const state = std::get_if<rule_state>(&row.value);
            auto const stored = state ? as_decision(row.rule_id, *state) : std::nullopt;
            if (stored && is_it(row.revision, *stored))
                return row.revision;
        }
        for (auto const& row : sql.query("SELECT " + std::string(change_columns) +
                                             " FROM ttp_rule_change WHERE revision > :1 AND changed_by = :2 AND "
                                             "kind IN ('state', 'decision') ORDER BY revision",
                                         4, {signed_number(after), made.set_by})) {
            auto const change = to_change(row);
            auto const* const state = std::get_if<rule_state>(&change.value);
            auto const* const own = std::get_if<decision>(&change.value);
            auto const stored = state ? as_decision(change.rule_id, *state) : own ? std::optional(*own) : std::nullopt;
            if (stored && is_it(stored->id, *stored))
                return stored->id;
        }
        return std::nullopt;
    });
}

std::optional<decision> rule_database::former_decision(decision_id id) {
    return connection_.run([&](session& sql) -> std::optional<decision> {
        for (auto const& row : sql.query("SELECT " + std::string(change_columns) +
                                             " FROM ttp_rule_change WHERE rule_id = :1 AND kind = 'decision' "
                                             "ORDER BY revision DESC LIMIT 20",
                                         4, {std::to_string(id)})) {
            auto change = to_change(row);
            if (auto* const made = std::get_if<decision>(&change.value))
                return std::move(*made);
        }
        return std::nullopt;
    });
}

bool rule_database::remove_ended(decision_id id) {
    // Reads without a lock first, as with states.
    auto const present = connection_.run([&](session& sql) { return stored(sql, id, ""); });
    auto const* const before = present ? std::get_if<decision>(&present->value) : nullptr;
    if (!before || !has_ended(*before, clock()))
        return false;
    return connection_.transact([&](session& sql) {
        if (sql.execute("DELETE FROM ttp_decision WHERE decision_id = :1 AND revision = :2",
                        {signed_number(id), signed_number(present->revision)}) == 0)
            return false;
        attribute(sql, counter(sql), "expiry", "decision_expiry");
        return true;
    });
}

} // namespace rulehost
