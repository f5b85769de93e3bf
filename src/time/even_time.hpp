#pragma once

#include <rulehost/time_source.hpp>

namespace rulehost {

/// The time of whoever measures lengths alone: pauses between attempts, time limits, leases. It goes on evenly whatever
/// the machine's clock is set to, from an instant that means nothing. Outlived by the time source that it is made of.
class even_time final : public time_source {
public:
    explicit even_time(time_source& of) : of_(of) {}

    time_point now() const override { return time_point(of_.elapsed()); }
    duration elapsed() const override { return of_.elapsed(); }
    boost::asio::awaitable<void> sleep_until(time_point deadline) override { return of_.pause(deadline - now()); }
    boost::asio::awaitable<void> pause(duration length) override { return of_.pause(length); }

private:
    time_source& of_;
};

} // namespace rulehost
