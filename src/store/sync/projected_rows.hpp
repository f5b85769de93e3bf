#pragma once

#include "store/sync/held_lease.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_lists.hpp>
#include <rulehost/rule_sync.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace rulehost {

/// Writes the rules and lists of a projection into the rows of a database, under the lease of a master, and records
/// those that the database rejects. The calls return false for a rejected row; they throw connection_lost and
/// lease_lost. Its arguments outlive it. Used on one executor.
class projected_rows {
public:
    projected_rows(database_rule_store& database, held_lease& lease, time_source& time,
                   rule_sync_options const& options)
        : database_(database), lease_(lease), time_(time), options_(options) {}

    boost::asio::awaitable<bool> write(std::shared_ptr<rule_definition const> definition);
    boost::asio::awaitable<bool> remove(rule_row const& row);
    boost::asio::awaitable<bool> write(rule_list const& list);
    boost::asio::awaitable<bool> remove_list(std::string name);

    /// The rejections of a pass are logged up to a limit: a database may reject every rule for one reason.
    void begin_pass() { logged_ = 0; }
    /// Keeps only the rejections of these ids; a list is `$` and its name.
    void retain_refusals(std::set<std::string> const& ids);
    std::size_t refused() const { return refused_.size(); }

    /// Schedules a retry of rejected rows and withheld deletions some minutes later.
    void retry_later();
    bool may_retry() const { return time_.elapsed() >= retry_at_; }

private:
    template <class Result>
    boost::asio::awaitable<bool> done(boost::asio::awaitable<Result> call, std::string id, std::string path);
    bool settle(std::string const& id, std::string const& path, std::string const& refusal);

    database_rule_store& database_;
    held_lease& lease_;
    time_source& time_;
    rule_sync_options const& options_;
    std::map<std::string, std::string> refused_; ///< id -> reason
    std::size_t logged_ = 0;                     ///< since the last pass began
    duration retry_at_{};                        ///< by `elapsed`
};

/// The rows of a projection's lists that no text defines any more, and no unreadable text may define. By name. Pure.
std::vector<std::string> lists_without_text(std::string const& projection, std::vector<list_row> const& rows,
                                            rule_lists const& lists, std::set<std::string> const& unreadable_files);

/// The ids of rules, and the names of lists behind a `$`. Pure.
std::vector<std::string> names_of(std::vector<rule_row const*> const& rules, std::vector<std::string> const& lists);

} // namespace rulehost
