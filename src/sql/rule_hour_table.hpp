#pragma once

#include "sql/session/connection.hpp"

#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Counts of one rule.
struct rule_counts {
    std::string rule_id;
    std::uint64_t hits = 0;     ///< events that it matched
    std::uint64_t tags = 0;     ///< new or not
    std::uint64_t withheld = 0; ///< matches that gave no tag: it is disabled, or below the floor
    std::uint64_t measured = 0; ///< evaluations whose cost was measured
    std::uint64_t cost = 0;     ///< their cost in nanoseconds
};

/// The table `ttp_rule_hour`: counts of each rule, by hour and worker. Blocking; used by one thread at a time. Throws
/// database_error.
class rule_hour_table {
public:
    rule_hour_table(database_url url, database_access first, std::shared_ptr<call_watch> watch)
        : connection_(std::move(url), first, std::move(watch)) {}

    /// Adds to the counts of `worker` in the hour of `now`, in one transaction.
    void add(std::span<rule_counts const> counts, std::string const& worker, time_point now);

    /// Removes hours before `end`, up to `limit` rows. Returns the number of removed rows.
    std::size_t remove_before(time_point end, std::size_t limit);

private:
    connection connection_;
};

/// The beginning of the hour.
time_point hour_of(time_point at);

/// The sums over all workers and the hours from that of `since` on, by rule.
std::vector<rule_counts> rule_counts_since(session& sql, time_point since);

/// Tags of a rule.
struct rule_tags {
    std::string rule_id;
    std::string name; ///< name in one of its versions
    std::uint64_t tags = 0;
    std::uint64_t attackers = 0;
    std::uint64_t sessions = 0;
};

/// Tags since `since` by rule, the most frequent rule first; without retracted ones unless `with_retracted`.
std::vector<rule_tags> rule_tags_since(session& sql, time_point since, bool with_retracted = false);

} // namespace rulehost
