#include "sql/tag_table.hpp"

#include "event/sortable_address.hpp"
#include "sql/bulk_insert.hpp"
#include "sql/lease.hpp"
#include "sql/outbox_table.hpp"
#include "sql/session/schema.hpp"
#include "sql/storable_text.hpp"
#include "sql/tag_query.hpp"
#include "text/number.hpp"

#include <rulehost/json_text.hpp>

#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr bulk_target::column withheld_columns[] = {
    {"uuid", "uuid"},
    {"source_kind", "text"},
    {"source_id", "text"},
    {"attacker_uuid", "text"},
    {"identity_uuid", "text"},
    {"session_id", "text"},
    {"decky_id", "text"},
    {"tactic", "text"},
    {"technique_id", "text"},
    {"sub_technique_id", "text"},
    {"confidence", "double precision"},
    {"rule_id", "text"},
    {"rule_version", "bigint"},
    {"evidence", "text"},
    {"attack_release", "text"},
    {"mitre_url", "text"},
    {"created_at", "timestamptz"},
    {"observed_at", "timestamptz"},
    {"src_ip", "text"},
    {"src_port", "integer"},
    {"src_address", "uuid"},
    {"tactic_name", "text"},
    {"technique_name", "text"},
    {"clipped_from", "double precision"},
    {"rule_name", "text"},
    {"truncated", "smallint"},
    {"undecided", "smallint"},
    {"observe", "smallint"},
    {"revision", "bigint"},
    {"origin_input", "text"},
    {"origin_line", "bigint"},
    {"decision_id", "bigint"}, // of a withheld tag only
};
constexpr bulk_target withheld_rows{"ttp_withheld_tag", withheld_columns, bulk_target::duplicates::ignored};
constexpr std::span tag_columns = std::span(withheld_columns).first<std::size(withheld_columns) - 1>();
constexpr bulk_target tag_rows{"ttp_tag", tag_columns, bulk_target::duplicates::ignored};

// Of the one worker that deletes old tags.
constexpr std::string_view tag_retention_lease = "ttp_tag_retention";
constexpr std::string_view index_of_age = "ttp_tag_created";

sql_value text_or_null(std::string const& text) {
    return text.empty() ? sql_value() : sql_value(storable_text(text));
}

/// A number that may be missing is bound as text: see `session::execute_each`.
sql_value number_or_null(std::optional<double> number) {
    if (!number)
        return {};
    std::array<char, 32> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
    return std::string(digits.data(), end);
}

void append_row(std::vector<sql_value>& values, tag const& each, dialect const& dialect) {
    values.emplace_back(to_string(each.uuid));
    values.emplace_back(storable_text(each.source_kind));
    values.emplace_back(storable_text(each.source_id));
    values.push_back(text_or_null(each.attacker_uuid));
    values.push_back(text_or_null(each.identity_uuid));
    values.push_back(text_or_null(each.session_id));
    values.push_back(text_or_null(each.decky_id));
    values.emplace_back(storable_text(each.tactic));
    values.emplace_back(storable_text(each.technique_id));
    values.push_back(text_or_null(each.sub_technique_id));
    values.emplace_back(each.confidence);
    values.emplace_back(storable_text(each.rule_id));
    values.emplace_back(each.rule_version);
    values.emplace_back(storable_text(json_text(each.evidence)));
    values.emplace_back(storable_text(each.attack_release));
    values.emplace_back(storable_text(mitre_url(each.technique_id, each.sub_technique_id)));
    values.emplace_back(dialect.time_value(each.created_at));
    values.push_back(each.observed_at ? sql_value(dialect.time_value(*each.observed_at)) : sql_value());
    values.push_back(text_or_null(each.src_ip));
    values.push_back(each.src_port ? sql_value(std::to_string(*each.src_port)) : sql_value());
    values.push_back(text_or_null(sortable_address(each.src_ip)));
    values.push_back(text_or_null(each.tactic_name));
    values.push_back(text_or_null(each.technique_name));
    values.push_back(number_or_null(each.clipped_from));
    values.push_back(text_or_null(each.rule_name));
    values.emplace_back(std::int64_t{each.truncated});
    values.emplace_back(std::int64_t{each.undecided});
    values.emplace_back(std::int64_t{each.observe});
    values.emplace_back(static_cast<std::int64_t>(each.revision));
    values.push_back(text_or_null(each.input));
    values.push_back(each.input.empty() ? sql_value() : sql_value(std::to_string(each.line)));
}

/// Inserts those of `tags` whose indices are in `order`. Returns the indices of those that are new, ascending.
std::vector<std::size_t> insert_tags(session& sql, bulk_target const& into, std::span<tag const* const> tags,
                                     std::vector<std::size_t> order) {
    // Ordered by key, two workers that have the same tags do not deadlock. SQLite locks no rows, and in order of arrival
    // the rows append to the indexes that hold times or sessions.
    if (!sql.dialect().lock_rows.empty())
        std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
            return tags[a]->uuid != tags[b]->uuid ? tags[a]->uuid < tags[b]->uuid : a < b;
        });
    auto const fill = [&](std::size_t row, std::vector<sql_value>& values) {
        auto const& each = *tags[order[row]];
        append_row(values, each, sql.dialect());
        if (each.withheld_by != 0)
            values.emplace_back(static_cast<std::int64_t>(each.withheld_by));
    };
    auto fresh = bulk_insert(sql, into, order.size(), fill);
    for (auto& each : fresh)
        each = order[each];
    std::ranges::sort(fresh);
    return fresh;
}

/// Returns the indices of the tags that are new, ascending; none of those that are withheld.
std::vector<std::size_t> store_tags(session& sql, std::span<tag const* const> tags) {
    std::vector<std::size_t> counted;
    std::vector<std::size_t> withheld;
    for (std::size_t i = 0; i != tags.size(); ++i)
        (tags[i]->withheld_by == 0 ? counted : withheld).push_back(i);
    if (!withheld.empty())
        insert_tags(sql, withheld_rows, tags, std::move(withheld));
    return insert_tags(sql, tag_rows, tags, std::move(counted));
}

std::vector<std::size_t> store_with_messages(session& sql, std::span<tag const* const> tags,
                                             tag_table::messages_about const& messages) {
    auto fresh = store_tags(sql, tags);
    if (messages && !fresh.empty()) {
        std::vector<tag const*> of_new;
        std::ranges::transform(fresh, std::back_inserter(of_new), [&](std::size_t i) { return tags[i]; });
        store_messages(sql, messages(of_new));
    }
    return fresh;
}

/// How many there were.
std::size_t remove_rows(session& sql, std::string const& table, std::vector<std::string> const& uuids) {
    std::string places;
    std::vector<sql_value> values;
    for (auto const& each : uuids) {
        values.emplace_back(each);
        places += (places.empty() ? ":" : ", :") + std::to_string(values.size());
    }
    return static_cast<std::size_t>(sql.execute("DELETE FROM " + table + " WHERE uuid IN (" + places + ")", values));
}

/// Removes the first `limit` of the rows that a condition selects, in an order. How many.
std::size_t remove_first(session& sql, std::string const& table, std::string const& condition, std::string_view order,
                         sql_value value, std::size_t limit) {
    std::vector<std::string> uuids;
    for (auto& row : sql.query("SELECT uuid FROM " + table + " WHERE " + condition + " ORDER BY " + std::string(order) +
                                   " LIMIT " + std::to_string(limit),
                               1, {std::move(value)}))
        uuids.push_back(std::move(row[0]).value_or(""));
    if (!uuids.empty())
        remove_rows(sql, table, uuids);
    return uuids.size();
}

std::size_t remove_before(session& sql, std::string const& table, std::string time, std::size_t limit) {
    return remove_first(sql, table, "created_at < :1", "created_at", std::move(time), limit);
}

std::vector<std::pair<std::int64_t, std::uint64_t>> count_withheld_by_decision(session& sql) {
    std::vector<std::pair<std::int64_t, std::uint64_t>> all;
    for (auto const& row :
         sql.query("SELECT decision_id, COUNT(*) FROM ttp_withheld_tag GROUP BY decision_id ORDER BY decision_id", 2))
        all.emplace_back(number_in<std::int64_t>(row[0]), number_in<std::uint64_t>(row[1]));
    return all;
}

/// Locks the lease until the end of the caller's transaction, so that nobody takes it over meanwhile.
bool may_store_positions(session& sql, position_fence const& fence) {
    if (fence.lease.empty())
        return true;
    auto const found = find_lease(sql, fence.lease);
    return !found || found->holder == fence.holder;
}

std::uint64_t count_withheld_of(session& sql, std::int64_t decision) {
    auto const rows = sql.query("SELECT COUNT(*) FROM ttp_withheld_tag WHERE decision_id = :1", 1, {decision});
    return number_in<std::uint64_t>(rows.at(0)[0]);
}

} // namespace

std::vector<std::size_t> tag_table::store(std::span<tag const* const> tags, std::span<input_position const> positions,
                                          messages_about const& messages) {
    return connection_.transact([&](session& sql) {
        auto fresh = store_with_messages(sql, tags, messages);
        if (positions.empty() || !may_store_positions(sql, fence_))
            return fresh;
        for (auto const& each : positions)
            sql.execute(sql.dialect().store_position, {storable_text(each.input), storable_text(each.place)});
        return fresh;
    });
}

std::vector<input_position> tag_table::positions(std::span<std::string const> inputs) {
    return connection_.run([&](session& sql) {
        std::vector<input_position> known;
        for (auto const& input : inputs) {
            auto rows = sql.query("SELECT place FROM ttp_input_position WHERE input = :1", 1, {storable_text(input)});
            if (!rows.empty())
                known.push_back({input, std::move(rows.front()[0]).value_or("")});
        }
        return known;
    });
}

std::size_t tag_table::remove_older(duration keep, std::size_t limit, std::string const& holder,
                                    std::function<time_point()> const& clock) {
    connection_.run([](session& sql) {
        for (auto const& index : missing_indexes(sql)) {
            if (index.name != index_of_age)
                continue;
            if (count_rows(sql, index.table, max_rows_of_unasked_change + 1) > max_rows_of_unasked_change)
                throw database_error(database_error::kind::other,
                                     "the index " + std::string(index.name) +
                                         " is missing; `rulehost store upgrade` builds it");
            build_index(sql, index);
        }
        return true;
    });
    return connection_.transact([&](session& sql) -> std::size_t {
        auto const now = removal_turn{tag_retention_lease, holder, clock}.take(sql);
        return now ? remove_before(sql, "ttp_tag", sql.dialect().time_value(*now - keep), limit) : 0;
    });
}

std::size_t tag_table::remove_withheld(duration keep, std::uint64_t max_rows, std::size_t limit,
                                       std::string const& holder, std::function<time_point()> const& clock) {
    // Usually there is nothing, and nobody has to wait for a write.
    if (connection_.run([](session& sql) { return count_rows(sql, "ttp_withheld_tag", 1); }) == 0)
        return 0;
    removal_turn const turn{tag_retention_lease, holder, clock};
    if (!connection_.transact([&](session& sql) { return turn.take(sql); }))
        return 0;
    // Counted by one worker, and apart from the write.
    auto const counted = connection_.run([](session& sql) { return count_withheld_by_decision(sql); });
    return connection_.transact([&](session& sql) -> std::size_t {
        auto const now = turn.take(sql);
        if (!now)
            return 0;
        auto removed = remove_before(sql, "ttp_withheld_tag", sql.dialect().time_value(*now - keep), limit);
        for (auto const& [decision, before] : counted) {
            if (before <= max_rows || removed >= limit)
                continue;
            auto const count = count_withheld_of(sql, decision); // some were just removed
            if (count > max_rows)
                removed += remove_first(sql, "ttp_withheld_tag", "decision_id = :1", sql.dialect().happened_at,
                                        decision, std::min<std::size_t>(limit - removed, count - max_rows));
        }
        return removed;
    });
}

tag_table::released tag_table::release(std::int64_t decision, std::size_t limit, messages_about const& messages,
                                       std::function<void(tag&)> const& judge) {
    return connection_.transact([&](session& sql) -> released {
        tag_filter which;
        which.decision = decision;
        auto rows =
            tag_query(sql, tag_query::table::withheld).page(which, tag_query::order::oldest_first, nullptr, limit);
        released done;
        std::size_t moved = 0;
        std::vector<tag const*> tags;
        std::vector<std::string> uuids;
        for (auto& row : rows) {
            ++done.rows;
            row.value.withheld_by = 0;
            judge(row.value);
            if (row.value.withheld_by != 0) {
                moved += static_cast<std::size_t>(
                    sql.execute("UPDATE ttp_withheld_tag SET decision_id = :1 WHERE uuid = :2",
                                {static_cast<std::int64_t>(row.value.withheld_by), to_string(row.value.uuid)}));
                ++done.withheld;
                continue;
            }
            tags.push_back(&row.value);
            uuids.push_back(to_string(row.value.uuid));
        }
        if (!tags.empty()) {
            done.fresh = store_with_messages(sql, tags, messages).size();
            moved += remove_rows(sql, "ttp_withheld_tag", uuids);
        }
        if (moved != done.rows) // else the next page is this one
            throw database_error(database_error::kind::other,
                                 "ttp_withheld_tag holds a uuid that rulehost has not written");
        return done;
    });
}

void tag_table::reassign_withheld(std::int64_t from, std::int64_t to) {
    connection_.transact([&](session& sql) {
        return sql.execute("UPDATE ttp_withheld_tag SET decision_id = :1 WHERE decision_id = :2", {to, from});
    });
}

void tag_table::probe() {
    tag harmless;
    harmless.source_kind = harmless.source_id = harmless.rule_id = "probe";
    harmless.uuid = tag_uuid("probe", "probe", "probe", 0, "T1000", {});
    harmless.tactic = "TA0001";
    harmless.technique_id = "T1000";
    auto withheld = harmless;
    withheld.withheld_by = 1;
    std::vector<tag const*> const tags{&harmless, &withheld};
    connection_.run([&](session& sql) {
        transaction undone(sql, transaction::purpose::write);
        return store_tags(sql, tags).size();
    });
}

} // namespace rulehost
