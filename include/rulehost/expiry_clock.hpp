#pragma once

#include <rulehost/time_point.hpp>

#include <atomic>
#include <memory>

namespace rulehost {

/// The clock that states expire by, as an offset from this machine's clock: the database's clock, which all workers
/// share. The store measures and sets it; engines read it.
///
/// A handle: copies share one clock. Safe from any thread.
class expiry_clock {
public:
    /// Starts with an offset of zero.
    expiry_clock() : ahead_(std::make_shared<std::atomic<duration>>(duration::zero())) {}

    /// The database's time at `now` of this machine's clock.
    time_point at(time_point now) const { return now + ahead(); }

    duration ahead() const { return ahead_->load(std::memory_order_relaxed); }
    void set_ahead(duration by) { ahead_->store(by, std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<duration>> ahead_;
};

} // namespace rulehost
