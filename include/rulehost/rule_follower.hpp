#pragma once

#include <rulehost/change_subscription.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/rule_store.hpp>
#include <rulehost/task_group.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace rulehost {

/// Keeps an engine in sync with a store, without gaps or duplicates. States expire by the store's clock. Rules compile
/// in the background, one change at a time; meanwhile evaluations continue with the former rules.
///
/// Used on the store's executor, by one coroutine at a time. The engine outlives it and its coroutines.
class rule_follower {
public:
    /// Callbacks after a change of the engine; must neither block nor throw. Each may be empty.
    struct observer {
        std::function<void(rule_snapshot const&)> replaced; ///< the first load and each reload
        std::function<void(rule_change const&)> applied;
        std::function<void(std::string const&)> failed; ///< one line: a rule that the engine rejected, and why
    };

    /// Subscribes at once: no later change is missed, however late `load` is called. `background` runs on other threads
    /// and compiles rules; with two of them, no change waits while the engine is compacted after many changes. Without
    /// it rules compile on the caller's executor, and the engine is never compacted.
    rule_follower(engine& rules, rule_store& store, observer to_notify = {},
                  boost::asio::any_io_executor background = {});

    /// Loads every rule into the engine; the rules are complete when it returns. Rules that the engine rejects are in
    /// the quarantine of the snapshot passed to `replaced`; their former versions stay live. Throws
    /// `store_unavailable`. Cancelled while rules compile, it waits for that and drops them.
    boost::asio::awaitable<void> load();

    /// Applies every later change, and reloads after it fell behind or a change failed, until it is cancelled or the
    /// store is destroyed. If a reload fails, the engine keeps its rules and the next change triggers another reload.
    /// At its end it waits for a change that compiles, which is dropped, and for a running compaction.
    boost::asio::awaitable<void> run();

    /// The revision up to which the engine has every change of the store, given that the store published everything up
    /// to `read`. The engine's own revision may be lower, since a change may concern no live rule.
    revision applied(revision read) const;

private:
    boost::asio::awaitable<void> follow(task_group& tasks);
    boost::asio::awaitable<void> catch_up(std::string what);
    boost::asio::awaitable<void> apply(rule_change const& change);
    boost::asio::awaitable<void> go_live(std::function<prepared_rules()> prepare);
    boost::asio::awaitable<void> compact();
    void fail(std::string const& line) const;

    engine& rules_;
    rule_store& store_;
    observer observer_;
    boost::asio::any_io_executor background_;
    change_subscription changes_;
    bool compacting_ = false;
    bool behind_ = true; ///< a change is missing in the engine, or nothing was loaded yet
};

} // namespace rulehost
