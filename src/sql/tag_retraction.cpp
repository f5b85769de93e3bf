#include "sql/tag_retraction.hpp"

#include "sql/lease.hpp"
#include "sql/outbox_table.hpp"
#include "sql/session/schema.hpp"
#include "sql/storable_text.hpp"

#include <boost/uuid/uuid_io.hpp>

#include <string>
#include <utility>

namespace rulehost {

namespace {

/// Returns the number of rows that were not marked before.
std::size_t mark(session& sql, std::vector<stored_tag> const& tags, retraction const& why) {
    std::vector<sql_value> values{sql.dialect().time_value(*why.at), storable_text(why.by), storable_text(why.reason)};
    std::string places;
    for (auto const& each : tags) {
        values.emplace_back(to_string(each.value.uuid));
        places += (places.empty() ? ":" : ", :") + std::to_string(values.size());
    }
    return static_cast<std::size_t>(
        sql.execute("UPDATE ttp_tag SET retracted = 1, retracted_at = :1, retracted_by = :2, retraction_reason = :3 "
                    "WHERE uuid IN (" +
                        places + ") AND (retracted IS NULL OR retracted = 0)",
                    values));
}

} // namespace

tag_retraction::tag_retraction(database_url url, tag_filter which, retraction why, messages_about messages)
    : connection_(std::move(url), database_access::existing),
      which_(std::move(which)),
      why_(std::move(why)),
      messages_(std::move(messages)) {
    which_.with_retracted = false;
}

std::size_t tag_retraction::next(std::size_t limit) {
    auto page = connection_.transact([&](session& sql) {
        auto found = tag_query(sql).page(which_, tag_query::order::oldest_first, last_ ? &*last_ : nullptr, limit);
        if (found.empty())
            return found;
        auto why = why_;
        why.at = database_clock(sql);
        if (mark(sql, found, why) != found.size())
            throw database_error(database_error::kind::collision,
                                 "somebody else retracts or deletes the same tags at the same time");
        if (count_rows(sql, "ttp_outbox_consumer", 1) == 0)
            return found;
        std::vector<tag const*> marked;
        for (auto const& each : found)
            marked.push_back(&each.value);
        store_messages(sql, messages_(marked, why));
        return found;
    });
    auto const count = page.size();
    if (count != 0)
        last_ = std::move(page.back());
    return count;
}

} // namespace rulehost
