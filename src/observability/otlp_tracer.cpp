#include "observability/otlp_tracer.hpp"

#include "async/backoff.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <new>
#include <random>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr duration first_export_pause = std::chrono::seconds{1};
constexpr duration max_export_pause = std::chrono::seconds{30};

/// Spreads a count over 64 bits, one to one (Steele, Lea, Flood: SplitMix64).
std::uint64_t mixed(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

http_poster_options poster_of(otlp_options const& options) {
    http_poster_options poster;
    poster.to = parse_collector(options.url);
    poster.user_agent = "rulehost/" + options.version;
    return poster;
}

} // namespace

otlp_tracer::otlp_tracer(asio::any_io_executor executor, time_source& time, otlp_options options)
    : executor_(std::move(executor)),
      time_(time),
      options_(std::move(options)),
      collector_(executor_, time, poster_of(options_)),
      seed_(std::uint64_t{std::random_device{}()} << 32 | std::random_device{}()),
      sampled_below_(options_.sampled >= 1 ? ~std::uint64_t{0}
                                           : static_cast<std::uint64_t>(std::max(options_.sampled, 0.0) * 0x1p64)) {}

span_id otlp_tracer::begin(span_id parent) {
    span_id id;
    id.trace_high = parent.trace_high;
    id.trace_low = parent.trace_low;
    if (!parent.is_recorded()) {
        id.trace_high = fresh();
        id.trace_low = fresh();
        if (id.trace_low > sampled_below_ || sampled_below_ == 0)
            return {};
    }
    id.span = fresh();
    return id;
}

void otlp_tracer::end(span_id which, span_id parent, std::string_view name, time_point began, time_point ended,
                      std::span<span_attribute const> attributes) noexcept {
    try {
        finished_span span{which, parent, std::string(name), began, ended, {}};
        for (auto const& [key, value] : attributes) {
            auto const keep = [&span, &key](auto const& each) {
                if constexpr (std::is_same_v<decltype(each), std::string_view const&>)
                    span.attributes.emplace_back(key, std::string(each));
                else
                    span.attributes.emplace_back(key, each);
            };
            std::visit(keep, value);
        }
        std::lock_guard const lock(mutex_);
        if (waiting_.size() >= options_.max_waiting)
            ++counts_.dropped;
        else
            waiting_.push_back(std::move(span));
    } catch (std::exception const&) { // out of memory: spans are expendable
        std::lock_guard const lock(mutex_);
        ++counts_.dropped;
    }
}

asio::awaitable<void> otlp_tracer::run() {
    for (;;) {
        co_await time_.pause(options_.interval);
        backoff pauses(first_export_pause, max_export_pause);
        while (take_batch()) {
            auto const answer = co_await sent(options_.time_limit);
            if (settle(answer)) {
                pauses.reset();
                continue;
            }
            auto const own_pause = pauses.next();
            co_await time_.pause(answer.retry_after.value_or(own_pause));
        }
    }
}

asio::awaitable<void> otlp_tracer::flush(duration limit) {
    auto const until = time_.elapsed() + limit;
    while (time_.elapsed() < until && take_batch()) {
        auto const answer = co_await sent(until - time_.elapsed());
        if (!settle(answer))
            co_return;
    }
}

otlp_tracer::statistics otlp_tracer::counts() const {
    std::lock_guard const lock(mutex_);
    auto counts = counts_;
    counts.waiting = waiting_.size() + sending_.size();
    return counts;
}

std::uint64_t otlp_tracer::fresh() {
    auto const bits = mixed(seed_ + count_.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed));
    return bits != 0 ? bits : 1; // zero means no id
}

bool otlp_tracer::take_batch() try {
    std::lock_guard const lock(mutex_);
    if (sending_.empty()) {
        auto const count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.max_in_request));
        sending_.assign(std::move_iterator(waiting_.begin()), std::move_iterator(waiting_.begin() + count));
        waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    }
    return !sending_.empty();
} catch (std::bad_alloc const&) { // retried at the next interval
    return false;
}

bool otlp_tracer::settle(http_answer const& answer) {
    std::lock_guard const lock(mutex_);
    if (wants_a_retry(answer)) {
        ++counts_.retries;
        return false;
    }
    auto const accepted = answer.status >= 200 && answer.status < 300;
    auto const lost = accepted ? std::min<std::uint64_t>(rejected_spans(answer), sending_.size()) : sending_.size();
    counts_.exported += sending_.size() - lost;
    counts_.dropped += lost;
    sending_.clear();
    return true;
}

asio::awaitable<http_answer> otlp_tracer::sent(duration limit) {
    auto const caller = co_await asio::this_coro::cancellation_state;
    http_answer answer;
    try {
        otlp_resource const made_by{options_.version, options_.instance};
        auto body = request_body(sending_, made_by);
        answer = co_await collector_.post("application/json", std::move(body), limit);
    } catch (std::exception const&) {
        if (caller.cancelled() != asio::cancellation_type::none)
            throw;
        answer.status = 400;
    }
    co_return answer;
}

} // namespace rulehost
