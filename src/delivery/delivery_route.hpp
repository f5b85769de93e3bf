#pragma once

#include "time/steady_time.hpp"

#include <cstdint>

namespace rulehost {

/// Decides the route of tags: directly to the database, or through the spool while the database is away and until the
/// spool is empty again. Pure: no I/O, and the time is an argument. The writer, which takes new groups, and the
/// replayer, which reads spooled ones, each ask for the next step and report its result.
class delivery_route {
public:
    explicit delivery_route(bool has_spool) : has_spool_(has_spool) {}

    enum class state {
        direct,     ///< groups are stored
        away,       ///< no spool: the group is retried after a pause
        spooling,   ///< groups are spooled, the oldest is retried with the database
        catching_up ///< the spool is replayed; twice as much leaves it as enters it
    };
    state now() const { return state_; }

    enum class writer_step {
        store, ///< the group in the database
        pause, ///< until `next_attempt`
        spool, ///< the group
        wait   ///< for the replayer
    };
    /// The writer's next step for a group that is not durable yet. It pauses after a full spool.
    writer_step next_of_writer() const;

    enum class replay_step {
        idle,  ///< nothing was spooled
        pause, ///< until `next_attempt`
        replay ///< the oldest page
    };
    replay_step next_of_replay(steady_point now) const;

    /// Time of the next attempt with the database.
    steady_point next_attempt() const { return next_attempt_; }

    /// The spool of an earlier run is not empty.
    void found_spooled();

    /// True if this begins an outage with a spool: wake the replayer.
    bool store_failed(steady_point next_attempt);
    /// The pause after a failure is over.
    void pause_ended();

    void spool_began();
    /// The spool took `bytes` of a group.
    void spooled(std::uint64_t bytes);
    /// The spool took nothing. `full`: for lack of room. True if it was not full before.
    bool spool_refused(bool full);

    void replayed(std::uint64_t bytes);
    void replay_failed(steady_point next_attempt);
    /// The replayer found the spool empty. False while a group is being spooled: wait for it.
    bool spool_is_empty();

private:
    bool has_spool_;
    state state_ = state::direct;
    steady_point next_attempt_{};
    bool spool_busy_ = false;   ///< a group is being spooled
    bool full_ = false;         ///< the spool refused the last group
    std::uint64_t spooled_ = 0; ///< bytes, since the database began to catch up
    std::uint64_t replayed_ = 0;
};

} // namespace rulehost
