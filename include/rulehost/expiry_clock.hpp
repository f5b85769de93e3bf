#pragma once

#include <rulehost/time_point.hpp>

#include <atomic>
#include <memory>

namespace rulehost {

/// The clock that states expire by, told from this machine's: that of the database, which is one for all workers
/// whatever their machines take the time for. Set by the store that measures it, read by the engines that go by it.
///
/// A handle: its copies are one clock. Safe from any thread.
class expiry_clock {
public:
    /// One that agrees with this machine's.
    expiry_clock() : ahead_(std::make_shared<std::atomic<duration>>(duration::zero())) {}

    /// The database's time when this machine's clock shows `now`.
    time_point at(time_point now) const { return now + ahead(); }

    duration ahead() const { return ahead_->load(std::memory_order_relaxed); }
    void set_ahead(duration by) { ahead_->store(by, std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<duration>> ahead_;
};

} // namespace rulehost
