#pragma once

#include <rulehost/time_point.hpp>

#include <functional>

namespace rulehost {

/// Exponential backoff: the pause before a retry doubles up to a limit. Half of it is random, so that a swarm does not
/// reconnect at once.
class backoff {
public:
    /// `random` gives numbers of [0, 1); empty: the system's.
    backoff(duration first, duration longest, std::function<double()> random = {});

    duration next();
    void reset() { pause_ = first_; }

private:
    duration first_;
    duration longest_;
    duration pause_;
    std::function<double()> random_;
};

} // namespace rulehost
