#pragma once

#include "async/interruptible_sleep.hpp"
#include "store/change_feed.hpp"
#include "store/database/change_tail.hpp"
#include "store/database/database_caller.hpp"
#include "store/database/database_clock.hpp"
#include "store/database/database_mirror.hpp"
#include "text/failure_log.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

class postgresql_listener;

/// Keeps the mirror of a database up to date and publishes each change to subscribers: executes the steps of
/// `change_tail`. Used on the store's executor; every argument outlives it.
class database_tail {
public:
    database_tail(std::optional<boost::asio::any_io_executor> executor, time_source& time, database_caller& database,
                  database_store_options const& options);
    ~database_tail();

    /// Follows the database until it is cancelled; reconnects after a loss. Throws `store_unsupported`.
    boost::asio::awaitable<void> run();

    /// The newest state of the database; without a connection the last known one. Throws `store_unavailable` if there
    /// is none.
    boost::asio::awaitable<rule_snapshot> load();

    /// Polls the changes since the last poll. Throws `store_unavailable`.
    boost::asio::awaitable<void> catch_up();

    /// The position from which a write observes its own change. Empty without subscribers and before a load, so that a
    /// single decision does not read all rules.
    boost::asio::awaitable<std::optional<observation_base>> base();

    /// Applies the observation of a write; empty: the tail polls at once.
    void apply(std::optional<observation> seen);

    database_mirror const& mirror() const { return mirror_; }
    change_feed& feed() { return feed_; }
    expiry_clock const& expiries() const { return clock_.expiries(); }
    std::optional<time_point> stale_since() const;
    std::optional<duration> stale_for() const;

private:
    boost::asio::awaitable<change_tail::result> execute(change_tail::step what);
    boost::asio::awaitable<void> look();
    boost::asio::awaitable<change_tail::result> listen();
    boost::asio::awaitable<change_tail::result> expire();
    boost::asio::awaitable<change_tail::result> trim();
    boost::asio::awaitable<change_tail::result> save();
    boost::asio::awaitable<void> restore();
    template <class Function>
    boost::asio::awaitable<std::string> refusal_of(char const* name, Function function);
    change_tail::view view() const;

    clock_reading reading() const { return {time_.now(), time_.elapsed()}; }
    time_point database_now() const { return clock_.at(time_.now()); }
    bool is_stale() const;
    void lost(std::string const& problem);
    void found();
    void report_replacement(database_position const& before, database_position const& now);
    void report_omissions(std::vector<std::string> const& rows);
    void log(std::string const& line) const;

    std::optional<boost::asio::any_io_executor> executor_; ///< empty: the caller's
    time_source& time_;
    database_caller& database_;
    database_store_options const& options_;
    duration poll_;
    change_tail tail_;
    std::shared_ptr<postgresql_listener> listener_;

    database_mirror mirror_;
    change_feed feed_;
    interruptible_sleep wake_;
    database_clock clock_;

    clock_reading last_look_; ///< time of the last successful poll
    bool is_lost_ = false;    ///< the last poll failed
    bool is_running_ = false;
    std::uint64_t replacements_ = 0;          ///< of the file, as of the last poll
    std::uint64_t known_replacements_ = 0;    ///< replacements already logged
    std::optional<time_point> snapshot_time_; ///< of the snapshot in use, until the database was seen
    std::optional<database_position> saved_;
    bool restored_ = false;
    bool compare_all_ = false; ///< the next poll compares everything, as after a snapshot
    failure_log expiries_{
        {.before = "expired decisions cannot be removed: ", .works = "expired decisions are removed again"}};
    failure_log trims_{{.before = "old history cannot be removed: ", .works = "old history is removed again"}};
    failure_log notifications_{
        {.before = "no notifications, changes are looked for instead: ", .works = "notified of changes again"}};
    failure_log snapshots_{
        {.before = "the local snapshot cannot be written: ", .works = "the local snapshot is written again"}};
};

} // namespace rulehost
