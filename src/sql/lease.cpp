#include "sql/lease.hpp"

namespace rulehost {

time_point database_clock(session& sql) {
    auto const rows = sql.query("SELECT " + std::string(sql.dialect().clock), 1);
    auto const read = rows.empty() ? std::nullopt : time_in(rows.front()[0]);
    if (!read) {
        throw database_error(database_error::kind::other, "the database tells no time");
    }
    return *read;
}

bool take_lease(session& sql, std::string const& name, std::string const& holder, time_point now, duration length) {
    auto const& dialect = sql.dialect();
    auto const rows = sql.query("SELECT holder, " + dialect.time_text("expires_at") +
                                    " FROM ttp_lease WHERE name = :1" + std::string(dialect.lock_rows),
                                2, {name});
    std::vector<sql_value> const values{holder, dialect.time_value(now + length), name};
    if (rows.empty()) {
        sql.execute("INSERT INTO ttp_lease (holder, expires_at, name) VALUES (:1, :2, :3)", values);
        return true;
    }
    auto const expires = time_in(rows.front()[1]);
    if (rows.front()[0] != holder && expires && now < *expires) {
        return false;
    }
    sql.execute("UPDATE ttp_lease SET holder = :1, expires_at = :2 WHERE name = :3", values);
    return true;
}

void give_lease_back(session& sql, std::string const& name, std::string const& holder) {
    sql.execute("DELETE FROM ttp_lease WHERE name = :1 AND holder = :2", {name, holder});
}

} // namespace rulehost
