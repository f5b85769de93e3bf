#include "async/thread_team.hpp"

#include "async/started_thread.hpp"
#include "text/assertion.hpp"

#include <algorithm>
#include <utility>

namespace rulehost {

std::size_t thread_team::members_of_this_machine() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
}

thread_team::thread_team(std::size_t members) {
    RULEHOST_ASSERT(members > 0);
    helpers_.reserve(members - 1);
    try {
        for (std::size_t member = 1; member != members; ++member)
            helpers_.push_back(started_thread([this, member] { help(member); }));
    } catch (...) {
        dismiss();
        throw;
    }
}

thread_team::~thread_team() {
    dismiss();
}

void thread_team::dismiss() {
    {
        std::lock_guard const lock{mutex_};
        dismissed_ = true;
    }
    offered_.notify_all();
    for (auto& each : helpers_)
        each.join();
}

std::size_t thread_team::run(std::size_t pieces, work const& of) {
    std::unique_lock lock{mutex_};
    work_ = &of;
    next_ = 0;
    pieces_ = pieces;
    for (std::size_t wanted = 1; wanted < pieces && wanted < members(); ++wanted)
        offered_.notify_one();
    take_part(lock, 0);
    // A helper that wakes up later finds nothing to do, and no thread waits for it.
    done_.wait(lock, [this] { return busy_ == 0; });
    work_ = nullptr;
    if (problem_)
        std::rethrow_exception(std::exchange(problem_, nullptr));
    return next_;
}

void thread_team::skip_rest() {
    std::lock_guard const lock{mutex_};
    pieces_ = next_;
}

void thread_team::help(std::size_t member) {
    std::unique_lock lock{mutex_};
    for (;;) {
        offered_.wait(lock, [this] { return dismissed_ || next_ < pieces_; });
        if (dismissed_)
            return;
        ++busy_;
        take_part(lock, member);
        if (--busy_ == 0)
            done_.notify_one();
    }
}

void thread_team::take_part(std::unique_lock<std::mutex>& lock, std::size_t member) {
    while (next_ < pieces_) {
        auto const piece = next_++;
        auto const& of = *work_;
        lock.unlock();
        std::exception_ptr problem;
        try {
            of(piece, member);
        } catch (...) {
            problem = std::current_exception();
        }
        lock.lock();
        if (problem) {
            if (!problem_)
                problem_ = std::move(problem);
            pieces_ = next_;
        }
    }
}

} // namespace rulehost
