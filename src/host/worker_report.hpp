#pragma once

#include "async/interruptible_sleep.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/worker_row.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>

namespace rulehost {

/// Keeps the row of this process in `ttp_worker` up to date, so that `rulehost workers` and `rollout wait` know what it
/// runs: writes it after a change, at most every 500 ms, and every 5 s as a heartbeat. Used on the store's executor;
/// the references outlive it.
class worker_report {
public:
    /// `store` null: `run` returns at once. `observe` returns the current row, without `process`, `host`, `version`,
    /// `started_at` and `seen_at`. `warn` is called with one line when writing the row fails and when it works again,
    /// and when another process with the name of this worker appears and ends.
    worker_report(database_rule_store* store, time_source& time, std::function<worker_row()> observe,
                  std::function<void(std::string const&)> warn);

    /// Triggers a write: something may have changed.
    void look() { wake_.interrupt(); }

    /// Writes until it is cancelled; then removes the row, unless the store is away.
    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<std::string> write_once();
    void note_failure(std::string const& problem);
    void note_namesake(std::string const& worker, worker_list const& workers);

    database_rule_store* store_;
    time_source& time_;
    std::function<worker_row()> observe_;
    std::function<void(std::string const&)> warn_;
    std::string const process_;
    time_point const started_at_;
    interruptible_sleep wake_;
    std::optional<time_point> first_written_; ///< by the database's clock
    duration next_look_{};                    ///< at other workers
    bool has_namesake_ = false;
    bool is_written_ = false;
    bool fails_ = false;
};

} // namespace rulehost
