#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rulehost {

/// Threads that share the caller's work, piece by piece. Used by one thread at a time.
class thread_team {
public:
    using work = std::function<void(std::size_t piece, std::size_t member)>;

    /// `members` includes the caller, which is member 0. Throws std::system_error.
    explicit thread_team(std::size_t members);
    thread_team(thread_team const&) = delete;
    thread_team& operator=(thread_team const&) = delete;
    ~thread_team();

    /// The number of hardware threads, up to a limit.
    static std::size_t members_of_this_machine();

    std::size_t members() const { return helpers_.size() + 1; }

    /// Calls `of(piece, member)` once for each piece below `pieces`, in order, and waits for all that began. Returns
    /// their number: all pieces, except after `skip_rest`. When a call throws, skips the pieces that have not begun and
    /// rethrows the first exception.
    std::size_t run(std::size_t pieces, work const& of);

    /// Called from within a piece: skips the pieces that have not begun.
    void skip_rest();

private:
    void help(std::size_t member);
    void take_part(std::unique_lock<std::mutex>& lock, std::size_t member);
    void dismiss();

    std::mutex mutex_;
    std::condition_variable offered_;
    std::condition_variable done_;
    work const* work_ = nullptr; ///< null: idle
    std::size_t next_ = 0;
    std::size_t pieces_ = 0;
    std::size_t busy_ = 0; ///< helpers at work
    bool dismissed_ = false;
    std::exception_ptr problem_;
    std::vector<std::thread> helpers_;
};

} // namespace rulehost
