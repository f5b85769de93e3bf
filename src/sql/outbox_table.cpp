#include "sql/outbox_table.hpp"

#include "sql/lease.hpp"

#include <utility>

namespace rulehost {

namespace {

constexpr std::string_view lease_name = "ttp_outbox";
constexpr std::size_t most_numbers = 1000; // of one statement

} // namespace

bool outbox_table::take_lease(std::string const& holder, duration length) {
    return connection_.transact([&](session& sql) {
        return rulehost::take_lease(sql, std::string(lease_name), holder, clock_ ? clock_() : database_clock(sql), length);
    });
}

void outbox_table::give_lease_back(std::string const& holder) {
    connection_.transact([&](session& sql) {
        rulehost::give_lease_back(sql, std::string(lease_name), holder);
        return true;
    });
}

std::vector<outbox_table::waiting> outbox_table::front(std::size_t limit) {
    return connection_.run([&](session& sql) {
        std::vector<waiting> all;
        for (auto& row : sql.query("SELECT sequence, message_id, topic, payload FROM ttp_outbox ORDER BY sequence LIMIT " +
                                       std::to_string(limit), 4)) {
            waiting each;
            each.sequence = number_in<std::int64_t>(row[0]);
            each.message.message_id = std::move(row[1]).value_or("");
            each.message.topic = std::move(row[2]).value_or("");
            each.message.payload = std::move(row[3]).value_or("");
            all.push_back(std::move(each));
        }
        return all;
    });
}

void outbox_table::remove(std::vector<std::int64_t> const& sequences) {
    if (sequences.empty())
        return;
    connection_.transact([&](session& sql) {
        for (std::size_t begin = 0; begin < sequences.size(); begin += most_numbers) {
            std::string list;
            for (auto i = begin; i < sequences.size() && i < begin + most_numbers; ++i)
                list += (i == begin ? "" : ",") + std::to_string(sequences[i]);
            sql.execute("DELETE FROM ttp_outbox WHERE sequence IN (" + list + ")");
        }
        return true;
    });
}

std::uint64_t outbox_table::count() {
    return connection_.run([](session& sql) {
        return number_in<std::uint64_t>(sql.query("SELECT count(*) FROM ttp_outbox", 1).at(0)[0]);
    });
}

} // namespace rulehost
