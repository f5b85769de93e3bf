#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace rulehost {

/// Time limit for a connection to be made. No socket is known until then, so call_watch cannot cut it off. PostgreSQL's
/// library counts whole seconds and may add one.
inline constexpr std::chrono::seconds connect_limit{3};

/// Ends calls to servers that went silent. A client library waits for an answer while the connection is open, and a
/// proxy or a firewall may keep it open forever. A thread of this class shuts down the socket of such a call, and the
/// library returns at once with an error.
///
/// Shared by the sessions that it watches, which it outlives. Safe from any thread.
class call_watch {
public:
    using clock = std::chrono::steady_clock;
    static constexpr clock::duration default_limit = std::chrono::seconds{30};
    static constexpr clock::duration unlimited = clock::duration::max();

    /// `limit`: time limit for an answer.
    explicit call_watch(clock::duration limit = default_limit) : limit_(limit) {}
    call_watch(call_watch const&) = delete;
    call_watch& operator=(call_watch const&) = delete;
    ~call_watch();

    clock::duration limit() const { return limit_; }

    /// For the end of the process: limits every call to `rest`, from now or from its start, even an `unlimited` one.
    /// Only the first call counts.
    void shut_down(clock::duration rest);
    bool is_shutting_down() const;

    /// Whether a wait that began at `began` is over the limit: for waits in short pieces without a socket.
    bool is_over(clock::time_point began, clock::duration limit) const;

    /// A running call, from construction to destruction.
    class call {
    public:
        /// `socket` stays open meanwhile and is owned by the caller: never one that a library may close. Throws
        /// std::system_error if no thread can be started.
        call(call_watch& by, int socket, clock::duration limit);
        call(call const&) = delete;
        call& operator=(call const&) = delete;
        ~call();

        /// Whether its socket was shut down.
        bool was_cut() const;

    private:
        friend class call_watch;

        call_watch& by_;
        int const socket_;
        clock::time_point const began_;
        clock::duration const limit_;
        bool cut_ = false;
    };

private:
    void watch();
    clock::time_point end_of(clock::time_point began, clock::duration limit) const;

    clock::duration const limit_;
    mutable std::mutex mutex_; ///< for all below
    std::condition_variable changed_;
    std::set<call*> calls_;
    clock::time_point next_look_ =
        clock::time_point::max(); ///< deadline for which the thread sleeps; later ones need not wake it
    clock::time_point hurried_ = clock::time_point::max();
    clock::duration rest_{};
    bool ending_ = false;
    std::thread thread_; ///< started by the first call
};

} // namespace rulehost
