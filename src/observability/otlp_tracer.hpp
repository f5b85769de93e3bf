#pragma once

#include "http/http_poster.hpp"
#include "observability/otlp_request.hpp"

#include <rulehost/time_source.hpp>
#include <rulehost/tracer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace rulehost {

struct otlp_options {
    std::string url;                                ///< `http://HOST[:PORT][/PATH]`; left out: 4318, /v1/traces
    std::string version;                            ///< of the service
    std::string instance;                           ///< of the service's instances
    double sampled = 1;                             ///< share of the traces that are recorded, 0 to 1
    std::size_t max_waiting = 8192;                 ///< spans; more are dropped
    std::size_t max_in_request = 512;               ///< spans
    duration interval = std::chrono::seconds{1};    ///< between two checks for waiting spans
    duration time_limit = std::chrono::seconds{10}; ///< for one request
};

/// Sends spans to an OpenTelemetry collector: OTLP over HTTP, in its JSON form.
///
/// `begin` and `end` are safe from any thread; the rest is used on one executor.
class otlp_tracer final : public tracer {
public:
    struct statistics {
        std::uint64_t exported = 0; ///< spans that the collector took
        std::uint64_t dropped = 0;  ///< spans that did not fit, or that the collector rejected
        std::uint64_t retries = 0;  ///< requests that had to be sent again
        std::uint64_t waiting = 0;  ///< spans
    };

    /// Throws std::invalid_argument for a URL that cannot be used. `time` outlives the tracer.
    otlp_tracer(boost::asio::any_io_executor executor, time_source& time, otlp_options options);

    span_id begin(span_id parent) override;
    void end(span_id which, span_id parent, std::string_view name, time_point began, time_point ended,
             std::span<span_attribute const> attributes) noexcept override;

    /// Sends finished spans until it is cancelled. Retries later if the collector is away or requests a pause
    /// (`Retry-After`). Call it once.
    boost::asio::awaitable<void> run();

    /// Tries once to send the waiting spans, for at most `limit`; called at the end, after `run`.
    boost::asio::awaitable<void> flush(duration limit);

    statistics counts() const;

private:
    std::uint64_t fresh();
    /// Fills `sending_`; false: nothing waits.
    bool take_batch();
    /// Counts the outcome of `sending_`; false: it must be sent again.
    bool settle(http_answer const& answer);
    /// Sends `sending_` and returns the outcome. Rejects spans that cannot be encoded.
    boost::asio::awaitable<http_answer> sent(duration limit);

    boost::asio::any_io_executor executor_;
    time_source& time_;
    otlp_options options_;
    http_poster collector_;
    std::uint64_t seed_;
    std::uint64_t sampled_below_;
    std::atomic<std::uint64_t> count_{0};
    mutable std::mutex mutex_;
    std::vector<finished_span> waiting_; ///< under the mutex, as are the following
    std::vector<finished_span> sending_; ///< spans of the current request; changed on the executor only
    statistics counts_;
};

} // namespace rulehost
