#pragma once

#include <rulehost/virtual_time.hpp>

#include <algorithm>
#include <chrono>

namespace rulehost::test {

/// The clock of a machine that is wrong by `error`, which somebody may set.
class skewed_time final : public time_source {
public:
    explicit skewed_time(virtual_time& right, duration error_ = {}) : error(error_), right_(right) {}

    time_point now() const override { return right_.now() + error; }
    duration elapsed() const override { return right_.elapsed(); }
    /// Looks at the clock once a second, as the system's does.
    boost::asio::awaitable<void> sleep_until(time_point deadline) override {
        for (auto left = deadline - now(); left > duration::zero(); left = deadline - now())
            co_await pause(std::min<duration>(left, std::chrono::seconds{1}));
    }
    boost::asio::awaitable<void> pause(duration length) override { return right_.sleep_until(right_.now() + length); }

    duration error;

private:
    virtual_time& right_;
};

} // namespace rulehost::test
