#pragma once

#include <rulehost/time_point.hpp>
#include <rulehost/time_source.hpp>

#include <list>
#include <optional>
#include <utility>

namespace rulehost {

/// Since when a database is away: its last call failed, or one has not come back for too long. Used on one executor.
class database_outage {
public:
    /// A call that takes longer counts as an outage.
    static constexpr duration max_call_time = std::chrono::seconds{5};

    explicit database_outage(time_source& time) : time_(time) {}

    struct instant {
        time_point clock;
        duration elapsed{}; ///< monotonic
    };

    /// A call of the database, from its begin to its end.
    class call {
    public:
        explicit call(database_outage& of) : of_(of), here_(of.calls_.insert(of.calls_.end(), of.now())) {}
        call(call const&) = delete;
        call& operator=(call const&) = delete;
        ~call() { of_.calls_.erase(here_); }

    private:
        database_outage& of_;
        std::list<instant>::iterator here_;
    };

    /// A call failed. True when that begins an outage.
    bool began() {
        if (lost_since_)
            return false;
        lost_since_ = now();
        return true;
    }

    /// A call succeeded. How long the outage was that this ends.
    std::optional<duration> ended() {
        auto const since = std::exchange(lost_since_, std::nullopt);
        return since ? std::optional(time_.elapsed() - since->elapsed) : std::nullopt;
    }

    std::optional<instant> since() const {
        if (!lost_since_ && !calls_.empty() && time_.elapsed() - calls_.front().elapsed > max_call_time)
            return calls_.front();
        return lost_since_;
    }

private:
    instant now() const { return {time_.now(), time_.elapsed()}; }

    time_source& time_;
    std::optional<instant> lost_since_;
    std::list<instant> calls_; ///< under way, oldest first
};

} // namespace rulehost
