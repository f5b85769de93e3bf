#include "store/database/change_tail.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rulehost {

namespace {

using namespace std::chrono_literals;

constexpr duration min_pause = 100ms;
constexpr duration max_pause = 10s;
constexpr duration max_expire_pause = 1s;
constexpr duration max_clock_age = 1s;    ///< of an offset from our clock, which may be set meanwhile
constexpr duration fallback_poll = 250ms; ///< while notifications are expected and missing
constexpr duration trim_interval = 1h;
constexpr duration save_interval = 1s;
constexpr duration max_save_pause = 60s; ///< between attempts to save

} // namespace

change_tail::change_tail(options given)
    : options_(std::move(given)),
      pauses_(min_pause, max_pause, options_.random),
      expire_pauses_(min_pause, max_expire_pause, options_.random),
      save_pauses_(save_interval, max_save_pause, options_.random) {}

change_tail::step change_tail::start() {
    return begin(phase::looking, action::look);
}

change_tail::step change_tail::next(result of_last, view const& now) {
    if (of_last == result::lost) {
        phase_ = phase::pausing;
        return {action::pause, pauses_.next()};
    }
    switch (phase_) {
    case phase::looking:
        if (options_.notified && !now.listening && now.now >= next_listen_)
            return begin(phase::listening, action::listen);
        return after_look(now);
    case phase::listening:
        if (of_last == result::refused)
            next_listen_ = now.now + max_pause;
        return begin(phase::looking_again, action::look); // for changes made before it listened
    case phase::looking_again:
        return after_look(now);
    case phase::expiring:
        expired(of_last, now);
        return upkeep(now);
    case phase::trimming:
        return upkeep(now);
    case phase::saving:
        saved(of_last, now);
        return rest(now);
    case phase::waiting:
        return of_last == result::woken ? start() : wait(now);
    case phase::pausing:
        return start();
    }
    return start();
}

change_tail::step change_tail::begin(phase entered, action what) {
    phase_ = entered;
    return {what, {}};
}

change_tail::step change_tail::after_look(view const& now) {
    if (now.next_expiry && *now.next_expiry <= now.database_now && now.now >= next_expire_)
        return begin(phase::expiring, action::expire);
    return upkeep(now);
}

change_tail::step change_tail::upkeep(view const& now) {
    if (now.now >= next_trim_) {
        next_trim_ = now.now + trim_interval;
        return begin(phase::trimming, action::trim);
    }
    if (now.unsaved && now.now >= next_save_)
        return begin(phase::saving, action::save);
    return rest(now);
}

change_tail::step change_tail::rest(view const& now) {
    pauses_.reset();
    wait_until_ = now.now + until_next_look(now);
    return wait(now);
}

change_tail::step change_tail::wait(view const& now) {
    auto const left = wait_until_ - now.now;
    if (left <= duration::zero() || now.clock_is_doubtful)
        return start();
    phase_ = phase::waiting;
    return {action::wait, std::min(left, max_clock_age)};
}

void change_tail::expired(result of_last, view const& now) {
    if (of_last == result::done) {
        expire_pauses_.reset();
        return;
    }
    // Our clock was ahead, or the row cannot be reverted: its revision was overwritten by hand, for example.
    next_expire_ = now.now + (of_last == result::refused ? max_pause : expire_pauses_.next());
}

void change_tail::saved(result of_last, view const& now) {
    if (of_last == result::done) {
        save_pauses_.reset();
        next_save_ = now.now + save_interval;
        return;
    }
    next_save_ = now.now + save_pauses_.next();
}

duration change_tail::until_next_look(view const& now) const {
    auto const not_listening = options_.notified && !now.listening;
    auto next = not_listening ? std::min(options_.poll, fallback_poll) : options_.poll;
    if (now.next_expiry)
        next = std::min(next, std::max(*now.next_expiry - now.database_now, next_expire_ - now.now));
    if (now.unsaved)
        next = std::min(next, next_save_ - now.now);
    return next;
}

} // namespace rulehost
