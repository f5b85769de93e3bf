#pragma once

#include "async/interruptible_sleep.hpp"
#include "text/failure_log.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/worker_row.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace rulehost {

/// Keeps the row of this process in `ttp_worker` up to date, so that `rulehost workers` and `rollout wait` know what it
/// runs: writes it after a change, at most every 500 ms, and every 5 s as a heartbeat. With the row it holds the
/// worker's name: of two live processes under one name one works, and the other has no row and attempts to get the name
/// every second. Used on the store's executor; the references outlive it.
class worker_report {
public:
    enum class naming {
        exclusive,
        shared, ///< beside other processes of that name: for one that keeps nothing under it
    };

    struct observer {
        /// Returns the current row, without `process`, `host`, `version`, `started_at` and `seen_at`.
        std::function<worker_row()> row;
        /// Called with one line when writing the row fails and when it works again, and when another process gets the
        /// name and gives it back.
        std::function<void(std::string const&)> warn;
        std::function<void()> changed; ///< called after `may_work` changed; may be empty
    };

    /// `store` null: `run` returns at once.
    worker_report(database_rule_store* store, time_source& time, naming how, observer to_notify);

    /// Triggers a write: something may have changed.
    void look() { wake_.interrupt(); }

    /// Whether this process has the name. A store that is away decides nothing: the process keeps what it had, and one that
    /// has just started has the name.
    bool may_work() const { return is_settled_ && holder_.empty(); }

    /// The process that has the name instead, for a person; empty: there is none.
    std::string const& holder() const { return holder_; }

    /// Learns without a claim whether another process has the name, for a process that is not ready to work yet. A store that
    /// is away leaves that unknown.
    boost::asio::awaitable<void> look_for_holder();

    /// The unique name of this process.
    std::string const& process() const { return process_; }

    /// Writes until it is cancelled; then removes the row, unless the store is away.
    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<std::string> write_once();
    void settle(std::string const& worker, std::string const& holder);

    database_rule_store* store_;
    time_source& time_;
    naming const how_;
    observer observer_;
    std::string const process_;
    time_point const started_at_;
    interruptible_sleep wake_;
    std::string holder_;
    bool is_settled_; ///< the store was asked for the name
    bool is_written_ = false;
    failure_log failures_{{.before = "`rulehost workers` shows an outdated row of this worker: ",
                           .works = "`rulehost workers` shows the current row of this worker again"}};
};

} // namespace rulehost
