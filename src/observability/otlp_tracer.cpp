#include "observability/otlp_tracer.hpp"

#include "event/readable_text.hpp"
#include "text/number.hpp"
#include "text/without_passwords.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>
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
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <boost/system/system_error.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iterator>
#include <mutex>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;

namespace {

constexpr std::uint16_t otlp_port = 4318;
constexpr std::size_t max_answer_bytes = 64 * 1024;
constexpr duration first_pause = std::chrono::seconds{1};
constexpr duration max_pause = std::chrono::seconds{30};
constexpr duration max_requested_pause = std::chrono::minutes{10};

struct collector_address {
    std::string host;
    std::string port;
    std::string target;
};

collector_address parse_collector(std::string const& text) {
    auto const url = boost::urls::parse_uri(text);
    if (!url || url->scheme() != "http" || url->host().empty() || url->has_userinfo() || url->has_fragment())
        throw std::invalid_argument("OTLP address '" + escape_for_terminal(without_passwords(text, url_reach::line)) +
                                    "' is not http://HOST[:PORT][/PATH]");
    collector_address address;
    address.host = url->host_name().empty() ? std::string(url->host_address()) : std::string(url->host_name());
    address.port = url->has_port() ? std::string(url->port()) : std::to_string(otlp_port);
    std::string const path(url->encoded_target());
    address.target = path.empty() || path == "/" ? "/v1/traces" : path;
    return address;
}

/// Spreads a count over 64 bits, one to one (Steele, Lea, Flood: SplitMix64).
std::uint64_t mixed(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

struct finished_span {
    span_id id;
    span_id parent;
    std::string name;
    time_point began;
    time_point ended;
    std::vector<std::pair<std::string, std::variant<std::string, std::int64_t, double, bool>>> attributes;
};

std::string hex(std::uint64_t bits) {
    std::array<char, 17> digits;
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(bits));
    return digits.data();
}

std::string nanoseconds(time_point instant) {
    return std::to_string(std::chrono::nanoseconds(instant.time_since_epoch()).count());
}

/// In protobuf's JSON form 64-bit integers are texts.
struct attribute_value {
    json::object operator()(std::string const& text) const { return {{"stringValue", with_valid_utf8(text)}}; }
    json::object operator()(std::int64_t number) const { return {{"intValue", std::to_string(number)}}; }
    json::object operator()(double number) const { return {{"doubleValue", number}}; }
    json::object operator()(bool truth) const { return {{"boolValue", truth}}; }
};

json::object text_attribute(std::string_view key, std::string const& value) {
    return {{"key", key}, {"value", attribute_value{}(value)}};
}

json::object to_json(finished_span const& span) {
    constexpr int internal_kind = 1;
    json::array attributes;
    for (auto const& [key, value] : span.attributes)
        attributes.push_back(json::object{{"key", key}, {"value", std::visit(attribute_value{}, value)}});
    json::object object{{"traceId", hex(span.id.trace_high) + hex(span.id.trace_low)},
                        {"spanId", hex(span.id.span)},
                        {"name", span.name},
                        {"kind", internal_kind},
                        {"startTimeUnixNano", nanoseconds(span.began)},
                        {"endTimeUnixNano", nanoseconds(span.ended)},
                        {"attributes", std::move(attributes)}};
    if (span.parent.is_recorded())
        object["parentSpanId"] = hex(span.parent.span);
    return object;
}

std::string request_body(std::vector<finished_span> const& spans, otlp_options const& options) {
    json::array list;
    for (auto const& span : spans)
        list.push_back(to_json(span));
    json::array resource{text_attribute("service.name", "rulehost"), text_attribute("service.version", options.version),
                         text_attribute("service.instance.id", options.instance)};
    json::object scope{{"scope", json::object{{"name", "rulehost"}}}, {"spans", std::move(list)}};
    json::object all{{"resource", json::object{{"attributes", std::move(resource)}}},
                     {"scopeSpans", json::array{std::move(scope)}}};
    return json_text(json::object{{"resourceSpans", json::array{std::move(all)}}});
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that HTTP still allows to be sent.
std::optional<time_point> parse_http_date(std::string const& text) {
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    std::array<char, 4> month{};
    if (std::sscanf(text.c_str(), "%*3c, %2d %3c %4d %2d:%2d:%2d GMT", &day, month.data(), &year, &hour, &minute,
                    &second) != 6)
        return {};
    auto const place = months.find(month.data());
    std::chrono::year_month_day const date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(place / 3 + 1)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (place == months.npos || place % 3 != 0 || !date.ok())
        return {};
    return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
        std::chrono::seconds{second};
}

/// Delay of a `Retry-After`; empty when it cannot be read.
std::optional<duration> pause_asked_for(std::string const& text, time_point now) {
    if (auto const seconds = parse_number<std::uint32_t>(text))
        return std::min<duration>(std::chrono::seconds{*seconds}, max_requested_pause);
    if (auto const when = parse_http_date(text))
        return std::clamp<duration>(*when - now, duration{}, max_requested_pause);
    return {};
}

struct collector_answer {
    unsigned status = 0; ///< 0: none came
    std::string retry_after;
    std::string body;

    bool wants_a_retry() const { return status == 0 || status == 429 || (status >= 502 && status <= 504); }

    /// Spans of an accepted request that were not taken.
    std::uint64_t rejected() const {
        boost::system::error_code bad;
        auto const parsed = json::parse(body, bad);
        auto const* const root = bad ? nullptr : parsed.if_object();
        auto const* const partial = root ? root->if_contains("partialSuccess") : nullptr;
        auto const* const count =
            partial && partial->is_object() ? partial->get_object().if_contains("rejectedSpans") : nullptr;
        if (count == nullptr)
            return 0;
        if (auto const* const text = count->if_string())
            return parse_number<std::uint64_t>(*text).value_or(0);
        auto const exact = json::try_value_to<std::uint64_t>(*count);
        return exact ? *exact : 0;
    }
};

} // namespace

class otlp_tracer::implementation {
public:
    implementation(asio::any_io_executor executor, time_source& time, otlp_options options)
        : executor_(std::move(executor)),
          time_(time),
          options_(std::move(options)),
          collector_(parse_collector(options_.url)),
          seed_(std::uint64_t{std::random_device{}()} << 32 | std::random_device{}()),
          sampled_below_(options_.sampled >= 1 ? ~std::uint64_t{0}
                                               : static_cast<std::uint64_t>(std::max(options_.sampled, 0.0) * 0x1p64)) {
    }

    span_id begin(span_id parent) {
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

    void end(finished_span span) {
        std::lock_guard const lock(mutex_);
        if (waiting_.size() >= options_.max_waiting)
            ++counts_.dropped;
        else
            waiting_.push_back(std::move(span));
    }

    void count_dropped() noexcept {
        std::lock_guard const lock(mutex_);
        ++counts_.dropped;
    }

    asio::awaitable<void> run() {
        for (;;) {
            co_await time_.pause(options_.interval);
            auto pause = first_pause;
            while (take_batch()) {
                auto const answer = co_await sent(options_.time_limit);
                if (settle(answer)) {
                    pause = first_pause;
                    continue;
                }
                auto const asked = pause_asked_for(answer.retry_after, time_.now());
                // Half of it by chance, so that a fleet does not come back all at once.
                auto const by_ourselves = pause / 2 +
                    duration(static_cast<std::int64_t>(fresh() % static_cast<std::uint64_t>(pause.count() / 2)));
                co_await time_.pause(asked.value_or(by_ourselves));
                pause = std::min(pause * 2, max_pause);
            }
        }
    }

    asio::awaitable<void> flush(duration limit) {
        auto const until = time_.elapsed() + limit;
        while (time_.elapsed() < until && take_batch()) {
            auto const answer = co_await sent(until - time_.elapsed());
            if (!settle(answer))
                co_return;
        }
    }

    statistics counts() const {
        std::lock_guard const lock(mutex_);
        auto counts = counts_;
        counts.waiting = waiting_.size() + sending_.size();
        return counts;
    }

private:
    std::uint64_t fresh() {
        auto const bits = mixed(seed_ + count_.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed));
        return bits != 0 ? bits : 1; // all zero means none
    }

    /// Whether there is something in `sending_` now.
    bool take_batch() try {
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

    /// Counts what became of `sending_`; false: it has to be sent again.
    bool settle(collector_answer const& answer) {
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

    /// The outcome of `sending_`. Spans that no request can be made of are refused.
    asio::awaitable<collector_answer> sent(duration limit) {
        auto const caller = co_await asio::this_coro::cancellation_state;
        collector_answer answer;
        try {
            answer = co_await post(request_body(sending_, options_), limit);
        } catch (std::exception const&) {
            if (caller.cancelled() != asio::cancellation_type::none)
                throw;
            answer.status = 400;
        }
        co_return answer;
    }

    asio::awaitable<collector_answer> post(std::string body, duration limit) {
        collector_answer answer;
        task_group both(executor_);
        both.spawn("OTLP request", exchange(body, answer, both));
        both.spawn("OTLP time limit", give_up(both, limit));
        co_await both.join();
        co_return answer;
    }

    asio::awaitable<void> give_up(task_group& request, duration limit) {
        co_await time_.pause(limit);
        request.cancel();
    }

    asio::awaitable<void> exchange(std::string const& body, collector_answer& answer, task_group& both) {
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

    asio::any_io_executor executor_;
    time_source& time_;
    otlp_options options_;
    collector_address collector_;
    std::uint64_t seed_;
    std::uint64_t sampled_below_;
    std::atomic<std::uint64_t> count_{0};
    mutable std::mutex mutex_;
    std::vector<finished_span> waiting_; ///< under the mutex, as are the following
    std::vector<finished_span> sending_; ///< spans of the current request; changed on the executor only
    statistics counts_;
};

otlp_tracer::otlp_tracer(asio::any_io_executor executor, time_source& time, otlp_options options)
    : implementation_(std::make_unique<implementation>(std::move(executor), time, std::move(options))) {}

otlp_tracer::~otlp_tracer() = default;

span_id otlp_tracer::begin(span_id parent) {
    return implementation_->begin(parent);
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
        implementation_->end(std::move(span));
    } catch (std::exception const&) { // out of memory: a span is what one can do without
        implementation_->count_dropped();
    }
}

asio::awaitable<void> otlp_tracer::run() {
    return implementation_->run();
}

asio::awaitable<void> otlp_tracer::flush(duration limit) {
    return implementation_->flush(limit);
}

otlp_tracer::statistics otlp_tracer::counts() const {
    return implementation_->counts();
}

} // namespace rulehost
