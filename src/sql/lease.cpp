#include "sql/lease.hpp"

#include <chrono>
#include <utility>

namespace rulehost {

namespace {

constexpr duration length_of_turn = std::chrono::minutes{5};

} // namespace

time_point database_clock(session& sql, std::function<time_point()> const& replacement) {
    if (replacement)
        return replacement();
    auto const rows = sql.query("SELECT " + std::string(sql.dialect().clock), 1);
    auto const read = rows.empty() ? std::nullopt : time_in(rows.front()[0]);
    if (!read)
        throw database_error(database_error::kind::other, "the database returned no time");
    return *read;
}

std::optional<lease_row> find_lease(session& sql, std::string const& name) {
    auto const& dialect = sql.dialect();
    auto rows = sql.query("SELECT holder, " + dialect.time_text("expires_at") + " FROM ttp_lease WHERE name = :1" +
                              std::string(dialect.lock_rows),
                          2, {name});
    if (rows.empty())
        return std::nullopt;
    return lease_row{std::move(rows.front()[0]).value_or(""), time_in(rows.front()[1])};
}

void put_lease(session& sql, std::string const& name, lease_row const& row, std::optional<lease_row> const& found) {
    sql.execute(found ? "UPDATE ttp_lease SET holder = :1, expires_at = :2 WHERE name = :3"
                      : "INSERT INTO ttp_lease (holder, expires_at, name) VALUES (:1, :2, :3)",
                {row.holder, sql.dialect().time_value(row.expires_at.value()), name});
}

bool take_lease(session& sql, std::string const& name, std::string const& holder, time_point now, duration length) {
    auto const found = find_lease(sql, name);
    if (found && found->holder != holder && found->holds(now))
        return false;
    put_lease(sql, name, {holder, now + length}, found);
    return true;
}

void give_lease_back(session& sql, std::string const& name, std::string const& holder) {
    sql.execute("DELETE FROM ttp_lease WHERE name = :1 AND holder = :2", {name, holder});
}

std::optional<time_point> removal_turn::take(session& sql) const {
    auto const now = database_clock(sql, clock);
    return take_lease(sql, std::string(lease), holder, now, length_of_turn) ? std::optional(now) : std::nullopt;
}

} // namespace rulehost
