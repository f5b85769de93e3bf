#include "sql/session/call_watch.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace rulehost {

call_watch::~call_watch() {
    {
        std::lock_guard const lock(mutex_);
        ending_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable())
        thread_.join();
}

void call_watch::shut_down(clock::duration rest) {
    std::lock_guard const lock(mutex_);
    if (hurried_ != clock::time_point::max())
        return;
    hurried_ = clock::now();
    rest_ = rest;
    changed_.notify_all();
}

bool call_watch::is_shutting_down() const {
    std::lock_guard const lock(mutex_);
    return hurried_ != clock::time_point::max();
}

bool call_watch::is_over(clock::time_point began, clock::duration limit) const {
    std::lock_guard const lock(mutex_);
    return clock::now() >= end_of(began, limit);
}

call_watch::clock::time_point call_watch::end_of(clock::time_point began, clock::duration limit) const {
    auto const own = limit == unlimited ? clock::time_point::max() : began + limit;
    return hurried_ == clock::time_point::max() ? own : std::min(own, std::max(began, hurried_) + rest_);
}

void call_watch::watch() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        auto const now = clock::now();
        next_look_ = clock::time_point::max();
        for (auto* const each : calls_) {
            if (each->cut_)
                continue;
            auto const end = end_of(each->began_, each->limit_);
            if (end <= now) {
                each->cut_ = true;
                ::shutdown(each->socket_, SHUT_RDWR);
            } else {
                next_look_ = std::min(next_look_, end);
            }
        }
        if (next_look_ == clock::time_point::max())
            changed_.wait(lock);
        else
            changed_.wait_until(lock, next_look_);
    }
}

call_watch::call::call(call_watch& by, int socket, clock::duration limit)
    : by_(by), socket_(socket), began_(clock::now()), limit_(limit) {
    std::lock_guard const lock(by_.mutex_);
    if (!by_.thread_.joinable())
        by_.thread_ = std::thread([&by] { by.watch(); });
    by_.calls_.insert(this);
    if (by_.end_of(began_, limit_) < by_.next_look_)
        by_.changed_.notify_all();
}

call_watch::call::~call() {
    std::lock_guard const lock(by_.mutex_);
    by_.calls_.erase(this);
}

bool call_watch::call::was_cut() const {
    std::lock_guard const lock(by_.mutex_);
    return cut_;
}

} // namespace rulehost
