#pragma once

#include <rulehost/engine.hpp>
#include <rulehost/rule_store.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace rulehost {

/// Told of what `follow` did to the engine; runs on the follower's executor and must not block or throw.
struct follow_observer {
    std::function<void(rule_snapshot const&)> replaced; ///< the first load and each reload
    std::function<void(rule_change const&)> applied;
};

/// Keeps `rules` equal to `store`: subscribes, loads, applies every change that the load did not contain, and
/// reloads when it fell behind. No gap and no double. Returns when the store is gone; runs until then or until it
/// is cancelled. A load that fails is the store's `store_unavailable`.
/// Executor: the store's. `rules` and `store` outlive it.
boost::asio::awaitable<void> follow(engine& rules, rule_store& store, follow_observer observer = {});

} // namespace rulehost
