#include "sql/store_counts.hpp"

#include "sql/ending_decisions.hpp"
#include "sql/lease.hpp"
#include "sql/session/schema.hpp"
#include "sql/worker_table.hpp"

namespace rulehost {

namespace {

constexpr std::size_t version_with_outbox = 2;
constexpr std::size_t version_with_lists = 5;
constexpr std::size_t version_with_workers = 7;
constexpr std::size_t version_with_decisions = 9;
constexpr std::size_t version_with_steps = 12;

} // namespace

store_counts count_store(session& sql) {
    session::without_limit const patient(sql);
    transaction reading(sql, transaction::purpose::read);
    store_counts found;
    found.version = schema_version(sql);
    auto const count = [&](std::string const& table, std::size_t since_version = 1) -> std::uint64_t {
        if (found.version < since_version)
            return 0;
        return number_in<std::uint64_t>(sql.query("SELECT COUNT(*) FROM " + table, 1).at(0)[0]);
    };
    auto const revisions = sql.query("SELECT revision FROM ttp_revision", 1);
    found.revision = revisions.empty() ? 0 : number_in<revision>(revisions.front()[0]);
    found.rules = count("ttp_rule");
    found.states = count("ttp_rule_state") + count("ttp_decision", version_with_decisions);
    found.lists = count("ttp_rule_list", version_with_lists);
    found.changes = count("ttp_rule_change");
    found.history_since = time_in(
        sql.query("SELECT MIN(" + sql.dialect().time_text("changed_at") + ") FROM ttp_rule_change", 1).at(0)[0]);
    found.tags = count("ttp_tag");
    found.steps = count("ttp_step", version_with_steps);
    found.messages = count("ttp_outbox", version_with_outbox);
    reading.commit();
    return found;
}

std::vector<std::string> users_of(session& sql) {
    std::vector<std::string> users;
    auto const now = database_clock(sql);
    if (schema_version(sql) >= version_with_workers) {
        for (auto const& row : worker_rows(sql))
            if (now - row.seen_at <= worker_is_gone_after)
                users.push_back("worker " + row.worker + " on " + row.host);
    }
    for (auto const& row : sql.query(
             "SELECT name, holder, " + sql.dialect().time_text("expires_at") + " FROM ttp_lease ORDER BY name", 3)) {
        auto const expires = time_in(row[2]);
        auto const name = row[0].value_or("");
        bool const is_process =
            !name.starts_with(worker_lease_prefix) && name != announced_ends_lease; // or listed above
        if (expires && now < *expires && is_process)
            users.push_back(name + ", held by " + row[1].value_or(""));
    }
    return users;
}

} // namespace rulehost
