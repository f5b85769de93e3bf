#include "sql/worker_table.hpp"

#include "sql/lease.hpp"
#include "sql/storable_text.hpp"
#include "text/number.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace rulehost {

namespace {

void remove_row(session& sql, std::string const& process) {
    sql.execute("DELETE FROM ttp_worker WHERE process = :1", {process});
}

} // namespace

std::string worker_lease(std::string const& worker) {
    return std::string(worker_lease_prefix) + storable_text(worker);
}

std::vector<worker_row> worker_rows(session& sql) {
    auto const& dialect = sql.dialect();
    std::vector<worker_row> rows;
    for (auto& row :
         sql.query("SELECT process, worker, host, version, " + dialect.time_text("started_at") + ", " +
                       dialect.time_text("seen_at") + ", revision, digest, rules, quarantined, " +
                       dialect.time_text("stale_since") + " FROM ttp_worker ORDER BY worker, started_at, process",
                   11)) {
        worker_row each;
        each.process = std::move(row[0]).value_or("");
        each.worker = std::move(row[1]).value_or("");
        each.host = std::move(row[2]).value_or("");
        each.version = std::move(row[3]).value_or("");
        each.started_at = time_in(row[4]).value_or(time_point{});
        each.seen_at = time_in(row[5]).value_or(time_point{}); // malformed: gone
        each.revision = number_in<std::uint64_t>(row[6]);
        each.digest = std::move(row[7]).value_or("");
        each.rules = number_in<std::uint64_t>(row[8]);
        each.quarantined = number_in<std::uint64_t>(row[9]);
        each.stale_since = time_in(row[10]);
        rows.push_back(std::move(each));
    }
    return rows;
}

void write_worker(session& sql, worker_row const& row, time_point now, time_point gone_before) {
    auto const& dialect = sql.dialect();
    sql_value stale;
    if (row.stale_since)
        stale = dialect.time_value(*row.stale_since);
    std::vector<sql_value> const values{storable_text(row.worker),
                                        storable_text(row.host),
                                        row.version,
                                        dialect.time_value(row.started_at),
                                        dialect.time_value(now),
                                        static_cast<std::int64_t>(row.revision),
                                        row.digest,
                                        static_cast<std::int64_t>(row.rules),
                                        static_cast<std::int64_t>(row.quarantined),
                                        stale,
                                        row.process};
    remove_row(sql, row.process);
    remove_gone_worker(sql, row.worker, gone_before);
    sql.execute(
        "INSERT INTO ttp_worker (worker, host, version, started_at, seen_at, revision, digest, rules, quarantined, "
        "stale_since, process) VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10, :11)",
        values);
}

std::string claim_worker(session& sql, worker_row const& row, time_point now, process_check const& has_ended) {
    auto const lease = worker_lease(row.worker);
    auto const found = find_lease(sql, lease);
    switch (step(observe(found, row.process, has_ended), now)) {
    case name_action::wait:
        return found->holder;
    case name_action::take_over:
        remove_row(sql, found->holder);
        break;
    case name_action::take:
    case name_action::renew:
        break;
    }
    put_lease(sql, lease, {row.process, now + worker_is_gone_after}, found);
    write_worker(sql, row, now, now - worker_is_gone_after);
    return {};
}

bool remove_worker(session& sql, std::string const& process) {
    auto const rows = sql.query("SELECT worker FROM ttp_worker WHERE process = :1", 1, {process});
    if (rows.empty())
        return false;
    give_lease_back(sql, worker_lease(rows.front()[0].value_or("")), process);
    remove_row(sql, process);
    return true;
}

std::size_t remove_gone_worker(session& sql, std::string const& worker, time_point gone_before) {
    return static_cast<std::size_t>(sql.execute("DELETE FROM ttp_worker WHERE worker = :1 AND seen_at < :2",
                                                {storable_text(worker), sql.dialect().time_value(gone_before)}));
}

} // namespace rulehost
