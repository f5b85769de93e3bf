#pragma once

#include "time/steady_time.hpp"

#include <cstdint>

namespace rulehost {

/// Which way tags take: straight to the database, or through the spool while the database is away and until the spool
/// is empty again. Pure: no I/O, and the time is an argument. The writer, which takes new groups, and the replayer,
/// which brings back what was spooled, each ask what to do next and report what became of it.
class delivery_route {
public:
    explicit delivery_route(bool has_spool) : has_spool_(has_spool) {}

    enum class state {
        direct,     ///< groups are stored
        away,       ///< no spool: the group is stored again after a pause
        spooling,   ///< groups are spooled, the database is tried with the oldest
        catching_up ///< the database takes what was spooled; twice as much leaves the spool as enters it
    };
    state now() const { return state_; }

    enum class writer_step {
        store, ///< the group in the database
        pause, ///< until `next_attempt`
        spool, ///< the group
        wait   ///< for the replayer
    };
    /// For a group that is not durable yet. After a spool that was full the writer waits before it tries it again.
    writer_step next_of_writer() const;

    enum class replay_step {
        idle,  ///< nothing was spooled
        pause, ///< until `next_attempt`
        replay ///< the oldest page
    };
    replay_step next_of_replay(steady_point now) const;

    /// When the database is tried again.
    steady_point next_attempt() const { return next_attempt_; }

    /// The spool of an earlier run holds something.
    void found_spooled();

    /// True when this begins an outage with a spool: the replayer is to be woken.
    bool store_failed(steady_point next_attempt);
    /// The pause after a failure is over.
    void pause_ended();

    void spool_began();
    /// `bytes` of a group went to the spool.
    void spooled(std::uint64_t bytes);
    /// It took nothing. `full`: for want of room. True when it was not full before.
    bool spool_refused(bool full);

    void replayed(std::uint64_t bytes);
    void replay_failed(steady_point next_attempt);
    /// The replayer found nothing left. False while a group is on its way to the spool, which is to be waited for.
    bool spool_is_empty();

private:
    bool has_spool_;
    state state_ = state::direct;
    steady_point next_attempt_{};
    bool spool_busy_ = false;   ///< a group is on its way to the spool
    bool full_ = false;         ///< the spool refused the last group
    std::uint64_t spooled_ = 0; ///< bytes, since the database began to catch up
    std::uint64_t replayed_ = 0;
};

} // namespace rulehost
