#pragma once

#include <boost/asio/awaitable.hpp>

#include <rulehost/time_point.hpp>

namespace rulehost {

/// The only access to the clock: `system_time_source` in a service, `virtual_time` in a test or a simulation. Logic
/// never takes a `time_source`, it takes `now`; only loops sleep.
///
/// Owned by the application; outlives every user.
class time_source {
public:
    time_source() = default;
    time_source(time_source const&) = delete;
    time_source& operator=(time_source const&) = delete;
    virtual ~time_source() = default;

    /// The current instant, UTC. Safe from any thread. Not monotonic: an administrator may set the clock.
    virtual time_point now() const = 0;

    /// Monotonic time since an arbitrary instant: measures durations, and shows whether the wall clock was set
    /// meanwhile. Safe from any thread.
    virtual duration elapsed() const = 0;

    /// Resumes on the caller's executor at `deadline` (at once if it has passed).
    /// Any cancellation of the caller ends it with `boost::asio::error::operation_aborted`.
    virtual boost::asio::awaitable<void> sleep_until(time_point deadline) = 0;

    /// Resumes after `length` of monotonic time: for intervals, such as that of a poll. Cancelled like `sleep_until`,
    /// which the default implementation calls.
    virtual boost::asio::awaitable<void> pause(duration length);
};

/// The wall clock of the machine. Sleeps re-read the clock at least once a second, so that setting it also moves a
/// wake-up that is hours away.
class system_time_source final : public time_source {
public:
    time_point now() const override;
    duration elapsed() const override;
    boost::asio::awaitable<void> sleep_until(time_point deadline) override;
    boost::asio::awaitable<void> pause(duration length) override;
};

} // namespace rulehost
