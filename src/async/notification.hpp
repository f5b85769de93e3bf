#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rulehost {

/// Wakes coroutines when something changed. A woken coroutine checks its condition again.
/// Used on one executor.
class notification {
public:
    explicit notification(boost::asio::any_io_executor executor)
        : never_(std::move(executor), boost::asio::steady_timer::time_point::max()) {}
    notification(notification const&) = delete;
    notification& operator=(notification const&) = delete;

    /// Returns after the next `notify`. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> wait();

    /// Wakes everybody who waits now, in the order in which they came.
    void notify() { never_.cancel(); }

private:
    boost::asio::steady_timer never_;
};

} // namespace rulehost
