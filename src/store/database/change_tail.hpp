#pragma once

#include "async/backoff.hpp"

#include <rulehost/time_point.hpp>

#include <functional>
#include <optional>

namespace rulehost {

/// Decides the next action of a store that follows a database: poll changes, listen for notifications, remove expired
/// states, trim the history, save a snapshot, wait. Pure: no I/O, and the time is an argument. A loop executes each
/// action and reports its result.
class change_tail {
public:
    struct options {
        duration poll{};                ///< interval between two polls
        bool notified = false;          ///< the database sends notifications
        std::function<double()> random; ///< of [0, 1), spreads the pauses between attempts; empty: the system's
    };

    enum class action {
        look,   ///< poll the changes
        listen, ///< open the connection for notifications
        expire, ///< remove expired states, then poll
        trim,   ///< remove old history
        save,   ///< write the local snapshot
        wait,   ///< for `length`, or until a poll is requested
        pause   ///< for `length`, uninterrupted
    };
    struct step {
        action what = action::look;
        duration length{}; ///< of `wait` and `pause`

        bool operator==(step const&) const = default;
    };

    enum class result {
        done,
        refused, ///< the database is available and rejects this action
        in_vain, ///< of `expire`: accepted, but a due state remains
        woken,   ///< of `wait`: a notification, a write of our own
        lost     ///< the connection to the database was lost
    };

    /// State after an action.
    struct view {
        duration now{};                        ///< monotonic
        time_point database_now;               ///< best estimate of the database's clock
        bool clock_is_doubtful = false;        ///< the next poll must read the database's clock
        bool listening = false;                ///< notifications arrive
        std::optional<time_point> next_expiry; ///< of a state, by the database's clock
        bool unsaved = false;                  ///< the snapshot file is behind
    };

    explicit change_tail(options);

    /// The first action, also after a restart of the loop.
    step start();

    /// The action after one that ended with `of_last`.
    step next(result of_last, view const&);

    /// The connection for notifications was lost: listens again after the next poll, without a pause.
    void stopped_listening() { next_listen_ = {}; }

private:
    enum class phase { looking, listening, looking_again, expiring, trimming, saving, waiting, pausing };

    step begin(phase, action);
    step after_look(view const&);
    step upkeep(view const&);
    step rest(view const&);
    step wait(view const&);
    void expired(result, view const&);
    void saved(result, view const&);
    duration until_next_look(view const&) const;

    options options_;
    phase phase_ = phase::looking;
    backoff pauses_;
    duration next_listen_{};
    duration next_expire_{};
    backoff expire_pauses_;
    duration next_trim_{};
    duration next_save_{};
    backoff save_pauses_;
    duration wait_until_{};
};

} // namespace rulehost
