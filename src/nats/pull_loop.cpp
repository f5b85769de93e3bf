#include "nats/pull_loop.hpp"

#include <algorithm>
#include <utility>

namespace rulehost {

namespace {

using namespace std::chrono_literals;

constexpr auto answer_time = 5s; // beyond its time, until a pull counts as lost
constexpr auto first_pull_pause = 250ms;
constexpr auto max_pull_pause = 5s;

} // namespace

pull_loop::pull_loop(options given)
    : options_(std::move(given)), pauses_(first_pull_pause, max_pull_pause, options_.random) {}

pull_loop::step pull_loop::next(view const& now_is, steady_point now) {
    if (!now_is.reading && now_is.held == 0 && !pull_)
        return {action::finish, 0, {}};
    if (now_is.link == 0)
        return {now_is.reading ? action::wait : action::stop, 0, {}};
    if (now_is.done > 0)
        return {action::acknowledge, 0, {}};
    if (must_keep(now_is.held, now))
        return {action::keep, 0, {}};
    bool const ready = ready_link_ == now_is.link || !now_is.reading;
    if (ready && is_overdue(now))
        end_pull();
    if (ready && now_is.reading && !pull_ && now_is.buffered < options_.fetch &&
        now_is.buffered_bytes < max_buffered_bytes && now_is.held < options_.max_unacknowledged)
        return {action::pull, std::min(options_.fetch, options_.max_unacknowledged - now_is.held), {}};
    if (!ready && now >= retry_at_)
        return {action::prepare, 0, {}};
    if (!now_is.reading && now_is.held == 0 && !pull_)
        return {action::finish, 0, {}}; // the pull was overdue
    step waiting;
    auto const wake_at = [&](steady_point when) {
        waiting.until = waiting.until ? std::min(*waiting.until, when) : when;
    };
    if (!ready)
        wake_at(retry_at_);
    if (now_is.held > 0)
        wake_at(progress_at_);
    if (pull_)
        wake_at(pull_->deadline);
    return waiting;
}

bool pull_loop::must_keep(std::size_t held, steady_point now) {
    if (held == 0 || now < progress_at_)
        return false;
    progress_at_ = now + ack_wait_ / 3;
    return true;
}

void pull_loop::pulled(std::size_t batch, steady_point now) {
    pull_ = open_pull{.number = next_number(), .left = batch, .deadline = now + pull_time + answer_time};
    ++last_pull_;
}

bool pull_loop::came() {
    if (!pull_)
        return false;
    ++pull_->came;
    return --pull_->left == 0;
}

void pull_loop::prepared(std::uint64_t link) {
    ready_link_ = link;
    pauses_.reset();
}

void pull_loop::failed(steady_point now) {
    ready_link_ = 0;
    retry_at_ = now + pauses_.next();
}

void pull_loop::link_changed() {
    ready_link_ = 0;
    retry_at_ = {};
    end_pull();
}

} // namespace rulehost
