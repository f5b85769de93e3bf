#pragma once

#include <rulehost/time_source.hpp>

#include <algorithm>
#include <chrono>

namespace rulehost::test {

/// A machine's clock that is wrong by `error`, which a test may change.
class skewed_time final : public time_source {
public:
    explicit skewed_time(time_source& right, duration error_ = {}) : error(error_), right_(right) {}

    time_point now() const override { return right_.now() + error; }
    duration elapsed() const override { return right_.elapsed(); }
    /// Reads the clock once a second, as `system_time_source` does.
    boost::asio::awaitable<void> sleep_until(time_point deadline) override {
        for (auto left = deadline - now(); left > duration::zero(); left = deadline - now())
            co_await pause(std::min<duration>(left, std::chrono::seconds{1}));
    }
    boost::asio::awaitable<void> pause(duration length) override { return right_.pause(length); }

    duration error;

private:
    time_source& right_;
};

} // namespace rulehost::test
