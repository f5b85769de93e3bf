#pragma once

#include "input/event_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace rulehost::cli {

/// An input, and the beginning of its first line, which identifies its kind if no line is an event.
class remembered_source final : public event_source {
public:
    explicit remembered_source(std::unique_ptr<event_source> from) : from_(std::move(from)) {}

    std::string const& first_line() const { return first_line_; }

    std::string const& name() const override { return from_->name(); }
    std::string const& identity() const override { return from_->identity(); }
    boost::asio::awaitable<std::optional<event_batch>> next() override {
        auto batch = co_await from_->next();
        if (batch && !batch->lines.empty() && !std::exchange(has_begun_, true))
            first_line_ = batch->lines.front().text.substr(0, max_first_line);
        co_return batch;
    }
    void acknowledge(std::uint64_t number) noexcept override { from_->acknowledge(number); }
    boost::asio::awaitable<void> run() override { return from_->run(); }
    void stop() override { from_->stop(); }

private:
    static constexpr std::size_t max_first_line = 4096;

    std::unique_ptr<event_source> from_;
    std::string first_line_;
    bool has_begun_ = false;
};

} // namespace rulehost::cli
