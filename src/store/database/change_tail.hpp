#pragma once

#include "async/backoff.hpp"

#include <rulehost/time_point.hpp>

#include <functional>
#include <optional>

namespace rulehost {

/// Decides the next step of a store that follows a database: looks for changes, listens for notifications, removes
/// expired states, trims the history, saves a snapshot, waits. Pure: no I/O, and the time is an argument. A loop
/// executes each action and reports its result.
class change_tail {
public:
    struct options {
        duration poll{};                ///< between two looks
        bool notified = false;          ///< the database sends notifications
        std::function<double()> random; ///< of [0, 1), spreads the pauses between attempts; empty: the system's
    };

    enum class action {
        look,   ///< poll the changes
        listen, ///< open the connection that notifies
        expire, ///< remove expired states, then look
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
        refused, ///< the database is there and rejects this action
        in_vain, ///< of `expire`: accepted, but a due state remains
        woken,   ///< of `wait`: a notification, a write of our own
        lost     ///< the database went away
    };

    /// State after an action.
    struct view {
        duration now{};                        ///< monotonic
        time_point database_now;               ///< by the database's clock, as far as known
        bool clock_is_doubtful = false;        ///< the next look reads the database's clock
        bool listening = false;                ///< notifications arrive
        std::optional<time_point> next_expiry; ///< of a state, by the database's clock
        bool unsaved = false;                  ///< the snapshot file is behind
    };

    explicit change_tail(options);

    /// The first action, also of a loop that is started again.
    step start();

    /// The action after one that ended with `of_last`.
    step next(result of_last, view const&);

    /// The notifying connection was lost: the next look listens again at once.
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
