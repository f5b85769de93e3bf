#include "store/database/database_clock.hpp"

#include <chrono>

namespace rulehost {

namespace {

using namespace std::chrono_literals;

constexpr duration refresh_interval = 60s;
constexpr duration clock_tolerance = 100ms; ///< a larger difference between both clocks means that one was set
constexpr duration min_offset_change = 1s;  ///< worth a new snapshot

} // namespace

bool database_clock::is_doubtful(clock_reading now) const {
    if (!measured_)
        return true;
    auto const passed = now.elapsed - measured_->elapsed;
    return passed >= refresh_interval || std::chrono::abs(now.clock - measured_->clock - passed) > clock_tolerance;
}

bool database_clock::set(duration ahead, clock_reading measured_at) {
    auto const moved = std::chrono::abs(ahead - expiries_.ahead()) >= min_offset_change;
    expiries_.set_ahead(ahead);
    measured_ = measured_at;
    return moved;
}

} // namespace rulehost
