#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace rulehost::cli {

/// A watchdog for the end of the process: if it has not ended in time, for example because a DNS query cannot be
/// interrupted, it is terminated with `exit_code::environment` and a line on standard error.
///
/// Constructed before everything that may hang, and destroyed after it.
class end_limit {
public:
    end_limit() = default;
    end_limit(end_limit const&) = delete;
    end_limit& operator=(end_limit const&) = delete;
    ~end_limit();

    /// Starts the limit; only the first call counts.
    void start(std::chrono::microseconds length);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
    std::thread thread_;
};

} // namespace rulehost::cli
