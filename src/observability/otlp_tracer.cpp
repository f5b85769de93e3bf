#include "observability/otlp_tracer.hpp"

#include "async/backoff.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <new>
#include <random>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::size_t max_answer_bytes = 64 * 1024;
constexpr duration first_pause = std::chrono::seconds{1};
constexpr duration max_pause = std::chrono::seconds{30};

/// Spreads a count over 64 bits, one to one (Steele, Lea, Flood: SplitMix64).
std::uint64_t mixed(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

} // namespace

otlp_tracer::otlp_tracer(asio::any_io_executor executor, time_source& time, otlp_options options)
    : executor_(std::move(executor)),
      time_(time),
      options_(std::move(options)),
      collector_(parse_collector(options_.url)),
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
    } catch (std::exception const&) { // out of memory: a span is what one can do without
        std::lock_guard const lock(mutex_);
        ++counts_.dropped;
    }
}

asio::awaitable<void> otlp_tracer::run() {
    for (;;) {
        co_await time_.pause(options_.interval);
        backoff pauses(first_pause, max_pause);
        while (take_batch()) {
            auto const answer = co_await sent(options_.time_limit);
            if (settle(answer)) {
                pauses.reset();
                continue;
            }
            auto const asked = pause_asked_for(answer.retry_after, time_.now());
            auto const by_ourselves = pauses.next();
            co_await time_.pause(asked.value_or(by_ourselves));
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
    return bits != 0 ? bits : 1; // all zero means none
}

bool otlp_tracer::take_batch() try {
    std::lock_guard const lock(mutex_);
    if (sending_.empty()) {
        auto const count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.max_in_request));
        sending_.assign(std::move_iterator(waiting_.begin()), std::move_iterator(waiting_.begin() + count));
        waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    }
    return !sending_.empty();
} catch (std::bad_alloc const&) { // another time
    return false;
}

bool otlp_tracer::settle(collector_answer const& answer) {
    std::lock_guard const lock(mutex_);
    if (answer.wants_a_retry()) {
        ++counts_.retries;
        return false;
    }
    auto const accepted = answer.status >= 200 && answer.status < 300;
    auto const lost = accepted ? std::min<std::uint64_t>(answer.rejected(), sending_.size()) : sending_.size();
    counts_.exported += sending_.size() - lost;
    counts_.dropped += lost;
    sending_.clear();
    return true;
}

asio::awaitable<collector_answer> otlp_tracer::sent(duration limit) {
    auto const caller = co_await asio::this_coro::cancellation_state;
    collector_answer answer;
    try {
        otlp_resource const made_by{options_.version, options_.instance};
        answer = co_await post(request_body(sending_, made_by), limit);
    } catch (std::exception const&) {
        if (caller.cancelled() != asio::cancellation_type::none)
            throw;
        answer.status = 400;
    }
    co_return answer;
}

asio::awaitable<collector_answer> otlp_tracer::post(std::string body, duration limit) {
    collector_answer answer;
    task_group both(executor_);
    both.spawn("OTLP request", exchange(body, answer, both));
    both.spawn("OTLP time limit", give_up(both, limit));
    co_await both.join();
    co_return answer;
}

asio::awaitable<void> otlp_tracer::give_up(task_group& request, duration limit) {
    co_await time_.pause(limit);
    request.cancel();
}

asio::awaitable<void> otlp_tracer::exchange(std::string const& body, collector_answer& answer, task_group& both) {
    try {
        tcp::resolver resolver(executor_);
        auto const places = co_await resolver.async_resolve(collector_.host, collector_.port, asio::use_awaitable);
        tcp::socket socket(executor_);
        co_await asio::async_connect(socket, places, asio::use_awaitable);
        http::request<http::string_body> request(http::verb::post, collector_.target, 11);
        request.set(http::field::host, collector_.host + ":" + collector_.port);
        request.set(http::field::content_type, "application/json");
        request.set(http::field::user_agent, "rulehost/" + options_.version);
        request.keep_alive(false);
        request.body() = body;
        request.prepare_payload();
        co_await http::async_write(socket, request, asio::use_awaitable);
        boost::beast::flat_buffer buffer(max_answer_bytes);
        http::response_parser<http::string_body> response;
        response.body_limit(max_answer_bytes);
        co_await http::async_read(socket, buffer, response, asio::use_awaitable);
        answer.status = response.get().result_int();
        answer.retry_after = std::string(response.get()[http::field::retry_after]);
        answer.body = std::move(response.get().body());
    } catch (boost::system::system_error const&) {
        // No answer, which the caller sees: the collector is away, too slow, or speaks something else.
    }
    both.cancel();
}

} // namespace rulehost
