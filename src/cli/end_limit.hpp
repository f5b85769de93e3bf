#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace rulehost::cli {

/// The last resort of a process that was asked to end: when it has not ended in time, whatever it waits for (a name
/// server, say, which nothing interrupts), it is ended with `exit_code::environment` and a line on standard error.
///
/// Made before all that may take too long, and destroyed after it.
class end_limit {
public:
    end_limit() = default;
    end_limit(end_limit const&) = delete;
    end_limit& operator=(end_limit const&) = delete;
    ~end_limit();

    /// Counts from now. The first time counts.
    void start(std::chrono::microseconds length);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
    std::thread thread_;
};

} // namespace rulehost::cli
