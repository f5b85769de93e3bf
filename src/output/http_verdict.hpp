#pragma once

#include <rulehost/time_point.hpp>

#include <string>

namespace rulehost {

/// The meaning of an HTTP receiver's answer for the request. Pure.
struct http_verdict {
    enum class meaning {
        taken,   ///< stored by the receiver
        refused, ///< rejected for good
        later    ///< to be retried
    } what = meaning::later;
    duration pause{};   ///< of `later`: the requested pause; zero: none
    std::string reason; ///< unless `taken`; from outside; empty: the answer itself
};

/// The verdict by the status alone. `pause`: the pause that the receiver requests.
http_verdict judge(unsigned status, duration pause = {});

} // namespace rulehost
