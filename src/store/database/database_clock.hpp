#pragma once

#include <rulehost/expiry_clock.hpp>
#include <rulehost/time_point.hpp>

#include <optional>

namespace rulehost {

/// Both clocks of this machine at one instant.
struct clock_reading {
    time_point clock;   ///< wall clock
    duration elapsed{}; ///< monotonic
};

/// Offset of the database's clock from ours, measured again when ours may have been set.
class database_clock {
public:
    /// The clock that states expire by: the database's.
    expiry_clock const& expiries() const { return expiries_; }
    time_point at(time_point ours) const { return expiries_.at(ours); }

    /// Whether to read the database's clock: never read, read too long ago, or ours was set since then.
    bool is_doubtful(clock_reading now) const;
    void invalidate() { measured_.reset(); }

    /// Sets the measured offset: the database's clock was `ahead` of ours at `measured_at`. True if it changed enough
    /// to save it.
    bool set(duration ahead, clock_reading measured_at);

    /// Restores the offset of a snapshot; must still be measured.
    void restore(duration ahead) { expiries_.set_ahead(ahead); }

private:
    expiry_clock expiries_;
    std::optional<clock_reading> measured_;
};

} // namespace rulehost
