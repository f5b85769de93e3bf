#include "sql/ending_decisions.hpp"

#include "sql/lease.hpp"
#include "sql/outbox_table.hpp"
#include "sql/rule_rows.hpp"
#include "sql/session/schema.hpp"

#include <algorithm>
#include <variant>

namespace rulehost {

namespace {

/// As `find_lease`, without a lock.
std::optional<lease_row> peek(session& sql) {
    auto const rows =
        sql.query("SELECT holder, " + sql.dialect().time_text("expires_at") + " FROM ttp_lease WHERE name = :1", 2,
                  {std::string(announced_ends_lease)});
    if (rows.empty())
        return std::nullopt;
    return lease_row{rows.front()[0].value_or(""), time_in(rows.front()[1])};
}

/// The decisions and states that end after `from` and not after `until`. Damaged rows are left out.
std::vector<decision> ending_between(session& sql, time_point from, time_point until) {
    auto const& dialect = sql.dialect();
    std::vector<sql_value> const values{dialect.time_value(from), dialect.time_value(until)};
    std::vector<decision> all;
    for (auto const& row : sql.query("SELECT decision_id, " + decision_columns(dialect) +
                                         " FROM ttp_decision WHERE ends_at > :1 AND ends_at <= :2",
                                     11, values)) {
        auto read = to_decision(&row[1], to_revision(row[0]));
        if (auto* const made = std::get_if<decision>(&read); made && made->ends_at)
            all.push_back(std::move(*made));
    }
    for (auto const& row : sql.query("SELECT rule_id, revision, " + state_columns(dialect) +
                                         " FROM ttp_rule_state WHERE expires_at > :1 AND expires_at <= :2",
                                     8, values)) {
        auto const read = to_state(&row[2], to_revision(row[1]));
        if (auto const* const state = std::get_if<rule_state>(&read))
            if (auto made = as_decision(row[0].value_or(""), *state); made && made->ends_at)
                all.push_back(*std::move(made));
    }
    std::ranges::sort(all, {}, [](decision const& each) { return std::pair(*each.ends_at, each.id); });
    return all;
}

/// False for a decision whose author knew its end when making it.
bool is_longer_than(decision const& made, duration lead) {
    auto const begin = std::max(made.starts_at, made.set_at);
    return !begin || *made.ends_at - *begin > lead;
}

} // namespace

time_point ending_decisions::now(session& sql) const {
    return database_clock(sql, clock_);
}

std::vector<decision> ending_decisions::announce(duration lead, std::string const& holder) {
    auto const look = [&](session& sql, time_point at, std::optional<lease_row> const& lease) {
        auto const announced = lease ? lease->expires_at : std::nullopt;
        auto found = ending_between(sql, std::max(at, announced.value_or(at)), at + lead);
        std::erase_if(found, [&](decision const& each) { return !is_longer_than(each, lead); });
        return found;
    };
    // Usually there is nothing, and nobody has to wait for a write.
    bool const is_idle = connection_.run([&](session& sql) {
        return count_rows(sql, "ttp_outbox_consumer", 1) == 0 || look(sql, now(sql), peek(sql)).empty();
    });
    if (is_idle)
        return {};
    std::string const name(announced_ends_lease);
    return connection_.transact([&](session& sql) {
        auto const lease = find_lease(sql, name);
        auto const at = now(sql);
        auto found = look(sql, at, lease);
        if (found.empty())
            return found;
        // One that is made from now on with an end before that is too short to be announced.
        put_lease(sql, name, {holder, at + lead}, lease);
        auto const rows = sql.query("SELECT database_id FROM ttp_revision", 1);
        store_messages(sql, messages_(found, at, rows.at(0)[0].value_or("")));
        return found;
    });
}

} // namespace rulehost
