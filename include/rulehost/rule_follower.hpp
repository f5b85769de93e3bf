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

/// Keeps an engine equal to a store, without a gap and without applying anything twice. States expire by the store's
/// clock.
///
/// Used on the store's executor, by one coroutine at a time. The engine outlives it.
class rule_follower {
public:
    /// Told of what was done to the engine; must neither block nor throw. Each may be empty.
    struct observer {
        std::function<void(rule_snapshot const&)> replaced; ///< the first load and each reload
        std::function<void(rule_change const&)> applied;
        std::function<void(std::string const&)> failed; ///< a rule that the engine rejected, and why; one line
    };

    /// Subscribes at once: a change from now on is not missed, however late `load` is called. `background` has another
    /// thread, on which the engine is compacted after many changes; without one it never is.
    rule_follower(engine& rules, rule_store& store, observer to_notify = {},
                  boost::asio::any_io_executor background = {});

    /// Loads every rule into the engine; when it returns the rules are complete, but for those that the engine cannot
    /// take: they are quarantined in what `replaced` is told, and what was live of them stays live. Throws
    /// `store_unavailable`.
    boost::asio::awaitable<void> load();

    /// Applies every later change, and reloads where it fell behind or a change failed, until it is cancelled or the
    /// store is gone. While a reload fails the engine stays as it is, and the next change reloads again. A compaction
    /// that was begun is waited for.
    boost::asio::awaitable<void> run();

    /// The revision up to which the engine has every change of the store, of which everything up to `read` was
    /// published to subscribers. A change that concerns no live rule leaves the engine's own revision behind.
    revision applied(revision read) const;

private:
    boost::asio::awaitable<void> follow(task_group& tasks);
    boost::asio::awaitable<void> catch_up(std::string what);
    boost::asio::awaitable<void> compact();
    void replace(rule_snapshot& snapshot);
    void fail(std::string const& line) const;

    engine& rules_;
    rule_store& store_;
    observer observer_;
    boost::asio::any_io_executor background_;
    change_subscription changes_;
    bool compacting_ = false;
    bool behind_ = true; ///< a change is not in the engine, or nothing was loaded yet
};

} // namespace rulehost
