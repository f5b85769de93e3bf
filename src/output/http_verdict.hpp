#pragma once

#include <rulehost/time_point.hpp>

#include <string>
#include <string_view>

namespace rulehost {

/// The meaning of an HTTP receiver's answer for the request. Pure.
struct http_verdict {
    enum class meaning {
        taken,   ///< it has it
        refused, ///< it will never take this
        later    ///< it takes nothing now
    } what = meaning::later;
    duration pause{};   ///< of `later`, how long it wants to be left alone; zero: it does not say
    std::string reason; ///< of the others than `taken`, from outside; empty: the answer itself
};

/// `retry_after`: the header, seconds; empty: there is none.
http_verdict judge(unsigned status, std::string_view retry_after);

} // namespace rulehost
