#pragma once

#include "async/interruptible_sleep.hpp"
#include "async/turns.hpp"
#include "store/change_feed.hpp"
#include "store/filesystem/state_journal.hpp"
#include "store/state_table.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_change.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rulehost {

/// The changes of a filesystem store, in the order of their revisions.
struct change_log {
    rulehost::revision revision = 0; ///< the newest
    change_feed feed;
    turns changing; ///< held while a revision is assigned
};

/// The states and decisions of a filesystem store, saved before a change of them is published. Used on the store's
/// executor; every argument outlives it.
class kept_states {
public:
    /// Loads `file`; empty: states are lost on restart. `blocking` is the executor for saving; empty: the caller's.
    /// Throws as `state_journal`.
    kept_states(change_log& log, time_source& time, std::filesystem::path const& file,
                boost::asio::any_io_executor blocking, std::function<void(diagnostic const&)> report);

    state_table const& table() const { return table_; }

    /// As in `rule_store`.
    boost::asio::awaitable<rule_state> set(std::string rule_id, rule_state state, std::optional<revision> expected);
    boost::asio::awaitable<rule_state> clear(std::string rule_id, std::string set_by, std::optional<revision> expected);
    boost::asio::awaitable<decision> decide(decision wanted);
    boost::asio::awaitable<std::optional<decision>> end(decision_id id, std::string by);

    /// Removes states and decisions when they expire, until it is cancelled.
    boost::asio::awaitable<void> remove_expired();

private:
    boost::asio::awaitable<void> commit(state_table next, rule_change change);
    boost::asio::awaitable<void> save(rulehost::revision newest, state_table states);
    boost::asio::awaitable<void> remove_expired(time_point now);

    change_log& log_;
    time_source& time_;
    boost::asio::any_io_executor blocking_;
    std::function<void(diagnostic const&)> report_;
    std::filesystem::path file_;
    std::shared_ptr<state_journal> journal_; ///< null: none
    state_table table_;
    interruptible_sleep next_expiry_;
};

} // namespace rulehost
