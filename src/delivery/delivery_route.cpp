#include "delivery/delivery_route.hpp"

#include <utility>

namespace rulehost {

delivery_route::writer_step delivery_route::next_of_writer() const {
    switch (state_) {
    case state::direct:
        return writer_step::store;
    case state::away:
        return writer_step::pause;
    case state::spooling:
        return writer_step::spool;
    case state::catching_up:
        return 2 * spooled_ <= replayed_ ? writer_step::spool : writer_step::wait;
    }
    return writer_step::wait;
}

delivery_route::replay_step delivery_route::next_of_replay(steady_point now) const {
    if (state_ != state::spooling && state_ != state::catching_up)
        return replay_step::idle;
    return now < next_attempt_ ? replay_step::pause : replay_step::replay;
}

void delivery_route::found_spooled() {
    state_ = state::spooling;
}

bool delivery_route::store_failed(steady_point next_attempt) {
    next_attempt_ = next_attempt;
    state_ = has_spool_ ? state::spooling : state::away;
    return has_spool_;
}

void delivery_route::pause_ended() {
    if (state_ == state::away)
        state_ = state::direct;
}

void delivery_route::spool_began() {
    spool_busy_ = true;
}

void delivery_route::spooled(std::uint64_t bytes) {
    spool_busy_ = false;
    full_ = false;
    spooled_ += bytes;
}

bool delivery_route::spool_refused(bool full) {
    spool_busy_ = false;
    auto const was_full = full_;
    full_ = full_ || full;
    return full && !was_full;
}

void delivery_route::replayed(std::uint64_t bytes) {
    if (state_ != state::catching_up) {
        state_ = state::catching_up;
        spooled_ = replayed_ = 0;
    }
    replayed_ += bytes;
}

void delivery_route::replay_failed(steady_point next_attempt) {
    next_attempt_ = next_attempt;
    state_ = state::spooling;
}

bool delivery_route::spool_is_empty() {
    if (spool_busy_)
        return false;
    state_ = state::direct;
    return true;
}

} // namespace rulehost
