#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace rulehost {

/// Wakes coroutines when something changed. A woken coroutine checks its condition again: what is notified while nobody
/// waits is not kept. A coroutine waits on a timer in its own frame, so that what nobody waits for holds nothing of an
/// executor and may outlive it. Used on one executor.
class notification {
public:
    notification() = default;
    notification(notification const&) = delete;
    notification& operator=(notification const&) = delete;
    ~notification();

    /// Returns after the next `notify`. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> wait();

    /// The same, or false after `limit`, by the clock of the machine: for peers that are never simulated.
    boost::asio::awaitable<bool> wait_for(std::chrono::steady_clock::duration limit);

    /// Wakes everybody who waits now, in the order in which they came.
    void notify();

private:
    /// A coroutine that waits, in a list of those.
    struct waiter;

    boost::asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point deadline);

    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
};

} // namespace rulehost
