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

/// Threads that help the caller with work that comes in pieces. Used by one thread at a time.
class thread_team {
public:
    using work = std::function<void(std::size_t piece, std::size_t member)>;

    /// `members` with the caller, who is member 0. Throws std::system_error.
    explicit thread_team(std::size_t members);
    thread_team(thread_team const&) = delete;
    thread_team& operator=(thread_team const&) = delete;
    ~thread_team();

    /// As many as this machine runs at once, but no crowd.
    static std::size_t members_of_this_machine();

    std::size_t members() const { return helpers_.size() + 1; }

    /// Calls `of(piece, member)` for each piece below `pieces`, each once, begun in order. Returns when all that were
    /// begun are done, and how many those are: all, but for `begin_no_more`. When a call throws, pieces that were not
    /// begun are left out and the first exception is rethrown.
    std::size_t run(std::size_t pieces, work const& of);

    /// For a piece that is being done: those that were not begun yet are left out.
    void begin_no_more();

private:
    void help(std::size_t member);
    void take_part(std::unique_lock<std::mutex>& lock, std::size_t member);
    void dismiss();

    std::mutex mutex_;
    std::condition_variable offered_;
    std::condition_variable done_;
    work const* work_ = nullptr; ///< null: there is nothing to do
    std::size_t next_ = 0;
    std::size_t pieces_ = 0;
    std::size_t busy_ = 0; ///< helpers at work
    bool dismissed_ = false;
    std::exception_ptr problem_;
    std::vector<std::thread> helpers_;
};

} // namespace rulehost
