#include "time/monotonic_clock.hpp"

#include <chrono>

namespace rulehost {

std::uint64_t monotonic_nanoseconds() {
    auto const since_start = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(since_start).count());
}

} // namespace rulehost
