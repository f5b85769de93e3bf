#include "input/open_file_source.hpp"

#include "async/interruptible_sleep.hpp"
#include "file/byte_stream.hpp"
#include "input/stream_source.hpp"
#include "time/steady_time.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include <sys/stat.h>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr auto look_interval = std::chrono::milliseconds{200};

bool is_fifo(std::string const& path) {
    struct ::stat status {};
    return path != "-" && ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

bool is_stream(std::string const& path) {
    struct ::stat status {};
    return path == "-" || (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode));
}

/// A named stream that cannot be read yet: a FIFO without a writer or without permission. If another file takes its
/// place before the first write, that one is read.
class awaited_stream final : public event_source {
public:
    awaited_stream(asio::any_io_executor executor, time_source& time, file_source_options options)
        : executor_(std::move(executor)), clock_(time), time_(time), options_(std::move(options)), pause_(time_) {
        open();
    }

    std::string const& name() const override { return options_.path; }
    void acknowledge(std::uint64_t number) noexcept override {
        if (inner_)
            inner_->acknowledge(number);
    }
    asio::awaitable<void> run() override { co_return; }
    std::string const& obstacle() const override { return inner_ ? inner_->obstacle() : obstacle_; }

    void stop() override {
        stopped_ = true;
        pause_.interrupt();
        if (inner_)
            inner_->stop();
    }

    asio::awaitable<std::optional<event_batch>> next() override {
        while (!inner_ && !stopped_) {
            open();
            if (!inner_)
                co_await pause_.at_most(look_interval);
        }
        if (!inner_)
            co_return std::nullopt;
        co_return co_await inner_->next();
    }

private:
    void open() {
        try {
            if (!is_stream(options_.path)) {
                waiting_.reset();
                inner_ = std::make_unique<file_source>(executor_, clock_, std::move(options_));
                options_.path = inner_->name();
                return;
            }
            if (!waiting_ || !waiting_->is_at(options_.path)) {
                waiting_.reset();
                waiting_.emplace(byte_stream::reading(executor_, options_.path));
            }
            obstacle_.clear();
            if (!waiting_->has_writer())
                return;
            inner_ = std::make_unique<stream_source>(std::move(*waiting_));
            waiting_.reset();
        } catch (std::system_error const& problem) {
            if (options_.at_end == file_source_options::end::stop)
                throw;
            auto const why = problem.code().message();
            bool const is_new = std::exchange(obstacle_, why) != why;
            if (is_new && options_.log)
                options_.log(options_.path + ": " + obstacle_ + "; it is waited for");
        }
    }

    asio::any_io_executor executor_;
    time_source& clock_;
    steady_time time_;
    file_source_options options_;
    interruptible_sleep pause_;
    std::optional<byte_stream> waiting_;
    std::unique_ptr<event_source> inner_; ///< null: not open yet
    std::string obstacle_;
    bool stopped_ = false;
};

} // namespace

bool has_places(std::string const& path) {
    return path != "-" && (!is_stream(path) || is_fifo(path)); // a file may take the place of a FIFO
}

std::unique_ptr<event_source> open_file_source(asio::any_io_executor executor, time_source& time,
                                               file_source_options options) {
    if (!is_stream(options.path))
        return std::make_unique<file_source>(std::move(executor), time, std::move(options));
    if (is_fifo(options.path))
        return std::make_unique<awaited_stream>(std::move(executor), time, std::move(options));
    return std::make_unique<stream_source>(byte_stream::reading(std::move(executor), std::move(options.path)));
}

} // namespace rulehost
