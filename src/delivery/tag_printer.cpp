#include "delivery/tag_printer.hpp"

#include "async/memory_wait.hpp"
#include "delivery/tag_weight.hpp"
#include "text/failure_reason.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr auto pause_without_memory = std::chrono::seconds{1};

} // namespace

tag_printer::tag_printer(time_source& time, tag_sink& sink, policy how, std::size_t max_waiting,
                         std::function<void(std::string const&)> log)
    : time_(time), sink_(sink), how_(how), max_waiting_(max_waiting), log_(std::move(log)) {}

asio::awaitable<void> tag_printer::print(std::vector<tag const*> const& tags) {
    std::size_t weight = 0;
    for (auto const* const each : tags)
        weight += weight_of(*each);
    auto const has_room = [&] { return waiting_.empty() || weight_ + weight <= max_waiting_; };
    if (how_ == policy::expendable && !has_room()) {
        drop(tags.size(), "the reader is too slow");
        co_return;
    }
    while (!has_room())
        co_await progress_.wait();
    auto add = [&] {
        batch copies{{}, weight};
        copies.tags.reserve(tags.size());
        for (auto const* const each : tags)
            copies.tags.push_back(*each);
        waiting_.push_back(std::move(copies));
    };
    co_await until_there_is_memory(time_, add);
    weight_ += weight;
    auto const number = ++given_;
    arrived_.notify();
    while (how_ == policy::required && written_ < number)
        co_await progress_.wait();
}

asio::awaitable<void> tag_printer::run() {
    struct at_the_end {
        tag_printer& self;
        ~at_the_end() {
            for (auto const& each : self.waiting_)
                self.dropped_ += each.tags.size();
            self.waiting_.clear();
            self.weight_ = 0;
        }
    } const when_it_ends{*this};
    auto const caller = co_await asio::this_coro::cancellation_state;
    for (;;) {
        while (waiting_.empty())
            co_await arrived_.wait();
        std::string problem;
        try {
            co_await write_first();
        } catch (std::exception const& error) {
            if (caller.cancelled() != asio::cancellation_type::none)
                throw boost::system::system_error(asio::error::operation_aborted);
            if (how_ == policy::required)
                throw;
            problem = failure_reason(error);
        }
        if (!problem.empty())
            drop(waiting_.front().tags.size(), problem);
        else if (std::exchange(dropping_, false))
            log("tags are printed again; " + std::to_string(dropped_) + " were not");
        finish_first();
    }
}

asio::awaitable<void> tag_printer::write_first() {
    for (;;) {
        try {
            co_await sink_.write(waiting_.front().tags);
            co_return;
        } catch (std::bad_alloc const&) {
            if (how_ == policy::expendable)
                throw;
        }
        co_await time_.pause(pause_without_memory);
    }
}

asio::awaitable<void> tag_printer::drain() {
    while (!waiting_.empty())
        co_await progress_.wait();
}

void tag_printer::finish_first() {
    weight_ -= waiting_.front().weight;
    waiting_.pop_front();
    ++written_;
    progress_.notify();
}

void tag_printer::drop(std::size_t count, std::string const& reason) {
    dropped_ += count;
    if (!std::exchange(dropping_, true))
        log("tags are stored, and not printed: " + reason);
}

void tag_printer::log(std::string const& line) const {
    if (log_)
        log_(line);
}

} // namespace rulehost
