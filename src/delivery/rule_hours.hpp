#pragma once

#include "async/notification.hpp"
#include "delivery/database_options.hpp"
#include "sql/rule_hour_table.hpp"
#include "text/failure_log.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// Differences of growing counts, which restart at zero when a rule is reloaded. Pure.
class rule_count_changes {
public:
    /// The differences since the last `take`, for rules that matched meanwhile.
    std::vector<rule_counts> since_last(std::vector<rule_counts> const& now) const;

    /// Sets the base of the next differences: `now` is written.
    void take(std::vector<rule_counts> const& now);

private:
    std::map<std::string, rule_counts> last_;
};

/// Hours are those of this worker's clock.
struct rule_hours_options : database_options {
    std::string worker;                               ///< name of this worker
    std::function<std::vector<rule_counts>()> counts; ///< of each live rule so far
};

/// Adds the counts of this worker's rules to `ttp_rule_hour`, every ten seconds. A connection lost at the commit may
/// count twice. Removes rows older than `keep`.
///
/// Owned by the host; used on its executor. Database calls run on `database`.
class rule_hours {
public:
    static constexpr duration interval = std::chrono::seconds{10};
    static constexpr duration keep = std::chrono::hours{24 * 90};

    rule_hours(boost::asio::any_io_executor database, time_source& time, rule_hours_options options);

    /// Writes until it is cancelled. Call it once. Waits for a database that is away.
    boost::asio::awaitable<void> run();

    /// Writes the current counts once, before the end.
    boost::asio::awaitable<void> flush();

private:
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<void> remove_old();

    boost::asio::any_io_executor strand_; ///< one session, one thread at a time
    time_source& time_;
    rule_hours_options options_;
    std::shared_ptr<rule_hour_table> table_;
    rule_count_changes changes_;
    duration next_removal_{}; ///< by `elapsed`
    bool writing_ = false;
    notification written_;
    failure_log failures_{{.before = "what rules do cannot be counted in the store: ",
                           .works = "what rules do is counted in the store again"}};
};

} // namespace rulehost
