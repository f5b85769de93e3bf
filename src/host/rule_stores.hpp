#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/host.hpp>
#include <rulehost/rule_store.hpp>
#include <rulehost/rule_sync.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace rulehost {

/// The source of a host's rules: a directory, a database, or a directory that it projects into a database. Used on one
/// executor.
class rule_stores {
public:
    /// Reads the options about rules. Throws what the stores throw.
    rule_stores(boost::asio::any_io_executor executor, boost::asio::any_io_executor database, time_source& time,
                host_options const& options, std::shared_ptr<call_watch> calls);

    /// The store that is followed.
    rule_store& live();
    /// The store that a swarm shares; null: there is only a directory.
    database_rule_store* shared() const { return database_.get(); }
    /// Of the store that is followed. The revisions of a directory belong to one run: each run has its own id.
    std::string id() const { return database_ ? database_->database_id() : run_; }
    /// Since when its rules may be stale; empty while they are current.
    std::optional<time_point> stale_since() const;
    /// Records in `all` what the stores count, and since when the rules may be stale.
    void note(host_statistics& all) const;

    /// As a master, projects the directory into the database, so that no event meets an empty one. Also returns if
    /// another master is active. Throws `store_unavailable`.
    boost::asio::awaitable<void> synchronise();

    /// Starts the tasks that keep them up to date.
    void follow(task_group& tasks);

    /// Rescans the whole directory now.
    void rescan();

private:
    std::unique_ptr<filesystem_rule_store> files_;
    std::unique_ptr<database_rule_store> database_;
    std::unique_ptr<sync_from_filesystem> master_;
    std::function<void(log_level, std::string const&)> log_;
    std::string run_; ///< random
};

} // namespace rulehost
