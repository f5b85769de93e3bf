#pragma once

#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace rulehost {

/// A sleep until an instant that another coroutine can interrupt. Used on one executor, by one sleeping coroutine at a
/// time.
class interruptible_sleep {
public:
    explicit interruptible_sleep(time_source& time) : time_(time) {}
    explicit interruptible_sleep(steady_time const& time) : time_(time.source()) {}
    interruptible_sleep(interruptible_sleep const&) = delete;
    interruptible_sleep& operator=(interruptible_sleep const&) = delete;

    enum class end { deadline, interruption };

    /// Returns at `deadline` (never, if empty) or once `interrupt` was called, even before this call. Cancellation ends
    /// it with `operation_aborted`.
    boost::asio::awaitable<end> until(std::optional<time_point> deadline);
    boost::asio::awaitable<end> until(std::optional<steady_point> deadline);
    boost::asio::awaitable<end> until(std::nullopt_t) { return race(std::nullopt); }
    /// The same after `length` of monotonic time.
    boost::asio::awaitable<end> at_most(duration length);

    void interrupt();

private:
    boost::asio::awaitable<end> race(std::optional<boost::asio::awaitable<void>> sleep);

    time_source& time_;
    boost::asio::steady_timer* sleeping_ = nullptr; ///< never expires; cancelled by `interrupt`
    bool interrupted_ = false;
};

} // namespace rulehost
