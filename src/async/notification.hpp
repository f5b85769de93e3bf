#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace rulehost {

/// A condition variable for coroutines. A woken coroutine checks its condition again; a notification without waiters is
/// lost. Each waiter has a timer in its own frame, so that an object without waiters holds no executor and may outlive
/// it. Used on one executor.
class notification {
public:
    notification() = default;
    notification(notification const&) = delete;
    notification& operator=(notification const&) = delete;
    ~notification();

    /// Returns after the next `notify`. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> wait();

    /// The same, or false after `limit` of real time: for peers that are never simulated.
    boost::asio::awaitable<bool> wait_for(std::chrono::steady_clock::duration limit);

    /// Wakes every current waiter, in the order of their arrival.
    void notify();

private:
    /// A waiting coroutine: a node of a list.
    struct waiter;

    boost::asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point deadline);

    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
};

} // namespace rulehost
