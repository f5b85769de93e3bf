#pragma once

#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace rulehost {

/// The clock of a `steady_point`. Without `now`: a `steady_time` reads it.
struct steady_clock {
    using duration = rulehost::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<steady_clock>;
    static constexpr bool is_steady = true;
};

/// An instant of a monotonic clock with an arbitrary epoch. Cannot be mixed with a `time_point`.
using steady_point = steady_clock::time_point;

/// Monotonic time for durations: pauses between attempts, time limits, leases. The time source that it reads outlives
/// it.
class steady_time {
public:
    explicit steady_time(time_source& of) : of_(of) {}

    steady_point now() const { return steady_point(of_.elapsed()); }
    /// Cancellation ends both with `operation_aborted`.
    boost::asio::awaitable<void> sleep_until(steady_point deadline) { return of_.pause(deadline - now()); }
    boost::asio::awaitable<void> pause(duration length) { return of_.pause(length); }

    time_source& source() const { return of_; }

private:
    time_source& of_;
};

} // namespace rulehost
