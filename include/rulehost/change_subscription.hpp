#pragma once

#include <rulehost/rule_change.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <variant>

namespace rulehost {

/// The subscriber fell behind and its buffer was dropped. Reload (`load_compiled`) and continue reading: changes after
/// `reload_from` follow.
struct subscription_lagged {
    rulehost::revision reload_from = 0; ///< the newest revision that was dropped
};

/// The store was destroyed; no more changes follow.
struct subscription_ended {};

using change_or_end = std::variant<subscription_ended, subscription_lagged, rule_change>;

/// One reader of a store's change stream. Move-only; destroying it unsubscribes. Used on the store's executor,
/// by one coroutine at a time. It may outlive the store.
class change_subscription {
public:
    class channel; ///< the side of the store

    explicit change_subscription(std::shared_ptr<channel>);
    change_subscription(change_subscription&&) noexcept;
    change_subscription& operator=(change_subscription&&) noexcept;
    ~change_subscription();

    /// Waits for the next change. Cancellation ends it with `operation_aborted` and loses nothing; it may be called
    /// again.
    boost::asio::awaitable<change_or_end> next();

    /// Whether `next` would wait.
    bool empty() const;

private:
    std::shared_ptr<channel> channel_;
};

} // namespace rulehost
