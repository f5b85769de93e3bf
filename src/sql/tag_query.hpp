#pragma once

#include "event/sortable_address.hpp"
#include "sql/session/session.hpp"

#include <rulehost/tag.hpp>

#include <boost/uuid/uuid.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// Conditions on stored tags; empty members select all.
struct tag_filter {
    std::optional<time_point> since; ///< earliest event time: `observed_at`, or `created_at` if that is empty
    std::optional<time_point> until; ///< before this event time
    std::string session_id;
    std::string attacker_uuid;
    std::string sensor;    ///< `decky_id`
    std::string technique; ///< `T1059`, with its sub-techniques, or `T1059.004`
    std::string rule_id;
    std::optional<address_range> source;
    std::optional<double> min_confidence;
    std::optional<std::int64_t>
        inserted_until;                   ///< the last place in the order of the inserts: `tag_query::end_of_inserts`
    std::optional<std::int64_t> decision; ///< of withheld tags: the one that withholds them
    bool leaves_out_observed = false;
    bool with_retracted = false; ///< includes retracted tags; needs tables of version 11
};

/// Author and reason of a retraction. Empty members: the row was marked by hand.
struct retraction {
    std::optional<time_point> at;
    std::string by;
    std::string reason;
};

/// A row of `ttp_tag` or `ttp_withheld_tag`.
struct stored_tag {
    tag value;
    time_point happened_at{};
    std::int64_t inserted = 0;           ///< its place in the order of the inserts: a number, or a time in microseconds
    std::optional<retraction> retracted; ///< read only with `tag_filter::with_retracted`
};

/// Reads `ttp_tag` or `ttp_withheld_tag` in pages. Blocking; used by one thread at a time. The session outlives it.
/// Throws database_error.
class tag_query {
public:
    enum class order { oldest_first, newest_first };

    enum class table { tags, withheld };

    explicit tag_query(session& sql, table from = table::tags) : sql_(sql), from_(from) {}

    /// Up to `limit` tags in the order of event time, after `after` (null: from the first one).
    std::vector<stored_tag> page(tag_filter const& which, order how, stored_tag const* after, std::size_t limit);

    /// The statement of `page` and its values, for EXPLAIN.
    std::string page_statement(tag_filter const& which, order how, stored_tag const* after, std::size_t limit,
                               std::vector<sql_value>& values) const;

    /// The stored tags with these ids, in any order.
    std::vector<tag> with_ids(std::span<boost::uuids::uuid const> uuids);

    /// The current end of the order of the inserts.
    std::int64_t end_of_inserts();

    /// Up to `limit` tags inserted after `place`, in the order of the inserts, after `after` (null: from the first
    /// one). If that order is a time, repeats some that were inserted up to `overlap` earlier, since transactions may
    /// end in another order than they began.
    std::vector<stored_tag> inserted_since(std::int64_t place, tag_filter const& which, stored_tag const* after,
                                           std::size_t limit);

    static constexpr duration overlap = std::chrono::seconds{30};

private:
    std::vector<stored_tag> read(tag_filter const& which, std::string const& statement,
                                 std::vector<sql_value> const& values);

    session& sql_;
    table from_;
};

/// Withheld tags of one decision and rule.
struct withheld_count {
    std::int64_t decision = 0;
    std::string rule_id;
    std::uint64_t tags = 0;
    time_point first{}; ///< event time of the oldest
    time_point last{};
};

/// Counts of withheld tags, by decision and rule. Throws database_error.
std::vector<withheld_count> count_withheld(session& sql);

/// Number of tags per technique or sub-technique. Throws database_error.
std::map<std::string, std::uint64_t> tags_by_technique(session& sql, tag_filter const& which);

struct rule_technique_count {
    std::string rule_id;
    std::string technique;
    std::uint64_t tags = 0;
};

/// Number of tags per rule and technique, by rule. Throws database_error.
std::vector<rule_technique_count> count_tags(session& sql, tag_filter const& which);

} // namespace rulehost
