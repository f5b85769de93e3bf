#pragma once

#include <rulehost/change_subscription.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/rule_store.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace rulehost {

/// Keeps an engine equal to a store, without a gap and without applying anything twice.
///
/// Used on the store's executor, by one coroutine at a time. The engine outlives it.
class rule_follower {
public:
    /// Told of what was done to the engine; must neither block nor throw. Either may be empty.
    struct observer {
        std::function<void(rule_snapshot const&)> replaced; ///< the first load and each reload
        std::function<void(rule_change const&)> applied;
    };

    /// Subscribes at once: a change from now on is not missed, however late `load` is called.
    rule_follower(engine& rules, rule_store& store, observer told = {});

    /// Loads every rule into the engine; when it returns the rules are complete. Throws `store_unavailable`.
    boost::asio::awaitable<void> load();

    /// Applies every later change, and reloads where it fell behind, until it is cancelled or the store is gone.
    boost::asio::awaitable<void> run();

private:
    engine& rules_;
    rule_store& store_;
    observer told_;
    change_subscription changes_;
};

} // namespace rulehost
