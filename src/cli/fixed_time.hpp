#pragma once

#include <rulehost/time_source.hpp>

namespace rulehost::cli {

/// A clock that stands still, so that the same input gives the same output.
class fixed_time final : public time_source {
public:
    explicit fixed_time(time_point now) : now_(now) {}

    time_point now() const override { return now_; }
    duration elapsed() const override { return {}; }
    boost::asio::awaitable<void> sleep_until(time_point) override { co_return; }

private:
    time_point now_;
};

} // namespace rulehost::cli
