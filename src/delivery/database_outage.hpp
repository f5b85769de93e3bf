#pragma once

#include <rulehost/time_point.hpp>
#include <rulehost/time_source.hpp>

#include <list>
#include <optional>
#include <utility>

namespace rulehost {

/// Tracks since when a database is away: its last call failed, or a call takes too long. Used on one executor.
class database_outage {
public:
    /// A call that takes longer counts as an outage.
    static constexpr duration max_call_time = std::chrono::seconds{5};

    explicit database_outage(time_source& time) : time_(time) {}

    struct instant {
        time_point clock;
        duration elapsed{}; ///< monotonic
    };

    /// A database call, from its begin to its end.
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

    /// Records a failed call. True if that begins an outage.
    bool began() {
        if (lost_since_)
            return false;
        lost_since_ = now();
        return true;
    }

    /// Records a successful call. Returns the length of the outage that it ends.
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
    std::list<instant> calls_; ///< running, oldest first
};

} // namespace rulehost
