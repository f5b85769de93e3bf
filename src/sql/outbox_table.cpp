#include "sql/outbox_table.hpp"

#include "sql/bulk_insert.hpp"
#include "sql/lease.hpp"
#include "sql/storable_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rulehost {

namespace {

constexpr bulk_target::column outbox_columns[] = {{"message_id", "text"}, {"topic", "text"}, {"payload", "text"}};
constexpr bulk_target outbox_rows{"ttp_outbox", outbox_columns, bulk_target::duplicates::impossible};

constexpr std::size_t max_numbers = 1000; // of one statement
constexpr std::size_t max_ranges = 16;    // excluded by a statement

/// The cursor of the slowest consumer other than `consumer`; empty: there is none.
std::optional<std::int64_t> min_of_others(session& sql, std::string const& consumer) {
    auto const least =
        sql.query("SELECT MIN(passed) FROM ttp_outbox_consumer WHERE name <> :1", 1, {consumer}).at(0)[0];
    return least ? std::optional(number_in<std::int64_t>(least)) : std::nullopt;
}

std::vector<outbox_table::waiting> messages(session& sql, std::string const& which, std::size_t limit) {
    std::vector<outbox_table::waiting> all;
    for (auto& row : sql.query("SELECT sequence, message_id, topic, payload FROM ttp_outbox" + which +
                                   " ORDER BY sequence LIMIT " + std::to_string(limit),
                               4)) {
        outbox_table::waiting each;
        each.sequence = number_in<std::int64_t>(row[0]);
        each.message.message_id = std::move(row[1]).value_or("");
        each.message.topic = std::move(row[2]).value_or("");
        each.message.payload = std::move(row[3]).value_or("");
        all.push_back(std::move(each));
    }
    return all;
}

/// The condition for messages that `consumer` still has to process.
std::string left_of(session& sql, std::string const& consumer, outbox_progress const& progress) {
    // Without other consumers a processed message is deleted, so every present one is pending, even one committed after
    // the cursor had passed it.
    auto const after = min_of_others(sql, consumer) ? progress.cursor() : std::int64_t{0};
    std::string which = " WHERE sequence > " + std::to_string(after);
    for (auto const& [first, last] : progress.done_above(max_ranges))
        which += " AND NOT sequence BETWEEN " + std::to_string(first) + " AND " + std::to_string(last);
    return which;
}

void remove(session& sql, std::vector<std::int64_t> const& sequences, std::string const& only) {
    for (std::size_t begin = 0; begin < sequences.size(); begin += max_numbers) {
        std::string list;
        for (auto i = begin; i < sequences.size() && i < begin + max_numbers; ++i)
            list += (i == begin ? "" : ",") + std::to_string(sequences[i]);
        sql.execute("DELETE FROM ttp_outbox WHERE sequence IN (" + list + ")" + only);
    }
}

} // namespace

void store_messages(session& sql, std::vector<outbox_row> const& messages) {
    auto const fill = [&](std::size_t row, std::vector<sql_value>& values) {
        values.emplace_back(storable_text(messages[row].message_id));
        values.emplace_back(storable_text(messages[row].topic));
        values.emplace_back(storable_text(messages[row].payload));
    };
    bulk_insert(sql, outbox_rows, messages.size(), fill);
}

bool outbox_table::take_lease(std::string const& lease, std::string const& holder, duration length) {
    return connection_.transact(
        [&](session& sql) { return rulehost::take_lease(sql, lease, holder, database_clock(sql, clock_), length); });
}

void outbox_table::give_lease_back(std::string const& lease, std::string const& holder) {
    connection_.transact([&](session& sql) {
        rulehost::give_lease_back(sql, lease, holder);
        return true;
    });
}

std::int64_t outbox_table::passed(std::string const& consumer) {
    return connection_.transact([&](session& sql) -> std::int64_t {
        auto const rows = sql.query("SELECT passed FROM ttp_outbox_consumer WHERE name = :1", 1, {consumer});
        if (rows.empty()) {
            sql.execute("INSERT INTO ttp_outbox_consumer (name) VALUES (:1)", {consumer});
            return 0;
        }
        return number_in<std::int64_t>(rows.front()[0]);
    });
}

std::vector<outbox_table::waiting> outbox_table::front(std::string const& consumer, outbox_progress const& progress,
                                                       std::size_t limit) {
    return connection_.run([&](session& sql) { return messages(sql, left_of(sql, consumer, progress), limit); });
}

void outbox_table::settle(std::string const& consumer, std::int64_t passed, std::vector<std::int64_t> const& done) {
    connection_.transact([&](session& sql) {
        auto const others = min_of_others(sql, consumer);
        rulehost::remove(sql, done, others ? " AND sequence <= " + std::to_string(*others) : std::string());
        if (others) // deletes messages that this consumer was the last to process
            sql.execute("DELETE FROM ttp_outbox WHERE sequence <= :1", {std::min(*others, passed)});
        sql.execute("UPDATE ttp_outbox_consumer SET passed = :1 WHERE name = :2 AND passed < " + std::to_string(passed),
                    {passed, consumer});
        return true;
    });
}

std::uint64_t outbox_table::count(std::string const& consumer, outbox_progress const& progress) {
    return connection_.run([&](session& sql) {
        return number_in<std::uint64_t>(
            sql.query("SELECT count(*) FROM ttp_outbox" + left_of(sql, consumer, progress), 1).at(0)[0]);
    });
}

std::uint64_t outbox_table::count(std::string const& consumer) {
    return connection_.run([&](session& sql) {
        return number_in<std::uint64_t>(
            sql.query("SELECT count(*) FROM ttp_outbox WHERE sequence > "
                      "COALESCE((SELECT passed FROM ttp_outbox_consumer WHERE name = :1), 0)",
                      1, {consumer})
                .at(0)[0]);
    });
}

std::vector<std::pair<std::string, std::uint64_t>> outbox_table::consumers_behind(std::string const& consumer,
                                                                                  std::uint64_t limit) {
    return connection_.run([&](session& sql) {
        std::vector<std::pair<std::string, std::uint64_t>> behind;
        for (auto& row : sql.query("SELECT name, (SELECT count(*) FROM ttp_outbox WHERE sequence > passed) "
                                   "FROM ttp_outbox_consumer WHERE name <> :1",
                                   2, {consumer}))
            if (auto const count = number_in<std::uint64_t>(row[1]); count > limit)
                behind.emplace_back(std::move(row[0]).value_or(""), count);
        return behind;
    });
}

} // namespace rulehost
