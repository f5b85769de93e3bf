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

/// Where a host has its rules from: a directory, a database, or a database that it brings a directory into.
/// Used on one executor.
class rule_stores {
public:
    /// Takes of the options what concerns rules. Throws what the stores throw.
    rule_stores(boost::asio::any_io_executor executor, boost::asio::any_io_executor database, time_source& time,
                host_options const& options, std::shared_ptr<call_watch> calls);

    /// The one that is followed.
    rule_store& live();
    /// The one that a swarm shares; null: there is only a directory.
    database_rule_store* shared() const { return database_.get(); }
    /// Since when its rules may be behind; empty while they are not.
    std::optional<time_point> stale_since() const;
    /// How long that is ago, whatever the clock was set to meanwhile.
    std::optional<duration> stale_for() const;

    /// Why there is no file of a store of SQLite any more; empty while there is one.
    std::string gone() const;

    /// How many rules of the directory the database refuses.
    std::size_t refused() const;
    /// How many rules are live only because their deletion from the directory looks like an accident.
    std::size_t withheld_deletions() const;

    /// A master brings the directory into the database, so that no event meets an empty one. Returns also when another
    /// master is at work. Throws `store_unavailable`.
    boost::asio::awaitable<void> synchronise();

    /// Starts what keeps them up to date.
    void follow(task_group& tasks);

    /// Looks at the whole directory now.
    void rescan();

private:
    std::unique_ptr<filesystem_rule_store> files_;
    std::unique_ptr<database_rule_store> database_;
    std::unique_ptr<sync_from_filesystem> master_;
    std::function<void(log_level, std::string const&)> log_;
};

} // namespace rulehost
