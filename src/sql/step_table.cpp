#include "sql/step_table.hpp"

#include "event/deterministic_uuid.hpp"
#include "sql/bulk_insert.hpp"
#include "sql/lease.hpp"
#include "sql/session/schema.hpp"
#include "sql/storable_text.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr bulk_target::column step_columns[] = {
    {"uuid", "uuid"},      {"session_id", "text"},         {"source_kind", "text"},
    {"source_id", "text"}, {"happened_at", "timestamptz"}, {"ordinal", "bigint"},
    {"typed", "text"},     {"created_at", "timestamptz"},
};
constexpr bulk_target step_rows{"ttp_step", step_columns, bulk_target::duplicates::ignored};

// Of the one worker that removes old steps.
constexpr std::string_view step_retention_lease = "ttp_step_retention";

/// When the row behind the `count` oldest was stored; a `condition` with the value :1 chooses the rows.
std::optional<time_point> time_behind(session& sql, std::uint64_t count, std::string const& condition,
                                      std::vector<sql_value> const& values) {
    auto const rows = sql.query("SELECT " + sql.dialect().time_text("created_at") + " FROM ttp_step" + condition +
                                    " ORDER BY ttp_step.created_at LIMIT 1 OFFSET " + std::to_string(count),
                                1, values);
    return rows.empty() ? std::nullopt : time_in(rows.front()[0]);
}

/// How many there were.
std::uint64_t remove_until(session& sql, time_point last) {
    return static_cast<std::uint64_t>(
        sql.execute("DELETE FROM ttp_step WHERE created_at <= :1", {sql.dialect().time_value(last)}));
}

} // namespace

std::size_t step_table::add(std::span<event_step const> steps) {
    std::vector<std::string> uuids;
    for (auto const& each : steps)
        uuids.push_back(event_uuid({"step", each.session_id, each.source_kind, each.source_id}));
    std::vector<std::size_t> order(steps.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    return connection_.transact([&](session& sql) {
        auto const stored_at = sql.dialect().time_value(database_clock(sql, clock_));
        // Two workers that have the same steps do not deadlock.
        if (!sql.dialect().lock_rows.empty())
            std::ranges::sort(order, {}, [&](std::size_t i) -> std::string const& { return uuids[i]; });
        auto const fill = [&](std::size_t row, std::vector<sql_value>& values) {
            auto const& each = steps[order[row]];
            values.emplace_back(uuids[order[row]]);
            values.emplace_back(storable_text(each.session_id));
            values.emplace_back(storable_text(each.source_kind));
            values.emplace_back(storable_text(each.source_id));
            values.emplace_back(sql.dialect().time_value(each.happened_at));
            values.emplace_back(each.ordinal);
            values.emplace_back(storable_text(each.typed));
            values.emplace_back(stored_at);
        };
        return bulk_insert(sql, step_rows, steps.size(), fill).size();
    });
}

bool step_table::remove_old(duration keep, std::uint64_t max_rows, std::size_t limit, std::string const& holder) {
    auto excess = std::exchange(excess_, 0);
    // Without a row, nobody has to wait for a write.
    if (connection_.run([](session& sql) { return count_rows(sql, "ttp_step", 1); }) == 0)
        return false;
    removal_turn const turn{step_retention_lease, holder, clock_};
    struct outcome {
        std::uint64_t removed = 0;
        bool has_lease = false;
        bool has_more = false;
    };
    auto const aged = connection_.transact([&](session& sql) -> outcome {
        auto const now = turn.take(sql);
        if (!now)
            return {};
        auto const end = sql.dialect().time_value(*now - keep);
        if (auto const last_of_many = time_behind(sql, limit, " WHERE created_at < :1", {end}))
            return {remove_until(sql, *last_of_many), true, true};
        return {static_cast<std::uint64_t>(sql.execute("DELETE FROM ttp_step WHERE created_at < :1", {end})), true,
                false};
    });
    if (!aged.has_lease || aged.has_more)
        return aged.has_more;
    // Counted by one worker, once, and apart from the write.
    if (excess == 0) {
        auto const rows = connection_.run([](session& sql) {
            return number_in<std::uint64_t>(sql.query("SELECT COUNT(*) FROM ttp_step", 1).at(0)[0]);
        });
        excess = rows - std::min(rows, max_rows);
    } else {
        excess -= std::min(excess, aged.removed);
    }
    if (excess == 0)
        return false;
    auto const removed = connection_.transact([&](session& sql) -> std::uint64_t {
        if (!turn.take(sql))
            return excess; // by another worker
        auto const last = time_behind(sql, std::min<std::uint64_t>(excess, limit) - 1, "", {});
        return last ? remove_until(sql, *last) : excess;
    });
    excess_ = excess - std::min(excess, removed);
    return excess_ != 0;
}

std::vector<stored_step> steps_of(session& sql, std::string const& session_id, stored_step const* after,
                                  std::size_t limit) {
    std::vector<sql_value> values{storable_text(session_id)};
    std::string behind;
    if (after) {
        auto const at = sql.dialect().time_value(after->value.happened_at);
        auto const ordinal = after->value.ordinal;
        behind = " AND happened_at >= :2 AND (happened_at > :3 OR ordinal > :4 OR (ordinal = :5 AND uuid > :6))";
        values.insert(values.end(), {at, at, ordinal, ordinal, after->uuid});
    }
    std::vector<stored_step> all;
    for (auto& row : sql.query("SELECT uuid, source_kind, source_id, " + sql.dialect().time_text("happened_at") +
                                   ", typed, ordinal FROM ttp_step WHERE session_id = :1" + behind +
                                   " ORDER BY ttp_step.happened_at, ordinal, uuid LIMIT " + std::to_string(limit),
                               6, values)) {
        auto cell = row.begin();
        auto const text = [&] { return std::move(*cell++).value_or(""); };
        auto& read = all.emplace_back();
        read.value.session_id = session_id;
        read.uuid = text();
        read.value.source_kind = text();
        read.value.source_id = text();
        read.value.happened_at = time_in(*cell++).value_or(time_point{});
        read.value.typed = text();
        read.value.ordinal = number_in<std::int64_t>(*cell++);
    }
    return all;
}

} // namespace rulehost
