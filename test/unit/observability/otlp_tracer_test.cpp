#include "observability/otlp_tracer.hpp"

#include "support/real_sockets.hpp"
#include "support/skewed_time.hpp"

#include <rulehost/json_text.hpp>
#include <rulehost/task_group.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <deque>
#include <list>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;

namespace {

std::string const accepted = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// A collector that gives prepared answers; without one it does not answer.
struct tracing : test::real_sockets {
    tracing() : acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), tasks(loop.get_executor()) {
        tasks.spawn("collector", collect());
    }
    ~tracing() {
        tasks.cancel();
        run(tasks.join());
    }

    void make(otlp_options options = {}) {
        options.url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
        options.version = "1.2.3";
        options.instance = "worker-1";
        spans.emplace(loop.get_executor(), clock, options);
    }

    void start(otlp_options options = {}) {
        make(std::move(options));
        tasks.spawn("tracer", spans->run());
        time.settle();
    }

    asio::awaitable<void> collect() {
        for (;;) {
            auto socket = co_await acceptor.async_accept(asio::use_awaitable);
            boost::beast::flat_buffer buffer;
            auto& request = requests.emplace_back();
            boost::system::error_code gone;
            co_await http::async_read(socket, buffer, request, asio::redirect_error(asio::use_awaitable, gone));
            bodies.push_back(json::parse(request.body()));
            if (answers.empty()) {
                held.push_back(std::move(socket));
                continue;
            }
            auto const answer = answers.front();
            answers.pop_front();
            co_await asio::async_write(socket, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, gone));
        }
    }

    void trace(std::string_view name, span_id parent = {}) {
        traced_span span(&*spans, clock, name, parent);
        last = span.id();
    }

    json::array const& sent(std::size_t request) const {
        return bodies.at(request).at_pointer("/resourceSpans/0/scopeSpans/0/spans").as_array();
    }

    void run_until_sent() {
        run_until([&] { return spans->counts().waiting == 0; });
    }

    void run_until_asked(std::size_t requests_) {
        run_until([&] { return bodies.size() == requests_; });
    }

    test::skewed_time clock{time};
    tcp::acceptor acceptor;
    std::deque<std::string> answers;
    std::list<http::request<http::string_body>> requests;
    std::vector<json::value> bodies;
    std::vector<tcp::socket> held;
    std::optional<otlp_tracer> spans;
    span_id last;
    task_group tasks;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(otlp_tracers, tracing)

BOOST_AUTO_TEST_CASE(spans_arrive_in_the_json_form_of_otlp) {
    answers = {accepted};
    start();
    {
        traced_span outer(&*spans, time, "ttp.eval");
        outer.note("source_kind", std::string_view("command"));
        outer.note("tags", std::int64_t{2});
        outer.note("confidence", 0.5);
        outer.note("truncated", true);
        time.advance(250ms);
        traced_span const inner(outer, "ttp.rule.fire");
    }
    time.advance(1s);
    run_until_sent();

    BOOST_TEST(requests.front().target() == "/v1/traces");
    BOOST_TEST(requests.front()["Content-Type"] == "application/json");
    auto const& resource = bodies[0].at_pointer("/resourceSpans/0/resource/attributes").as_array();
    BOOST_TEST(json::serialize(resource[0]) == R"({"key":"service.name","value":{"stringValue":"rulehost"}})");
    BOOST_TEST(json::serialize(resource[2]) == R"({"key":"service.instance.id","value":{"stringValue":"worker-1"}})");
    BOOST_REQUIRE_EQUAL(sent(0).size(), 2u);
    auto const& inner = sent(0)[0].as_object();
    auto const& outer = sent(0)[1].as_object();
    BOOST_TEST(outer.at("name").as_string() == "ttp.eval");
    BOOST_TEST(outer.at("traceId").as_string().size() == 32u);
    BOOST_TEST(outer.at("spanId").as_string().size() == 16u);
    BOOST_TEST(outer.at("kind").as_int64() == 1);
    BOOST_TEST(outer.at("startTimeUnixNano").as_string() == "1767225600000000000");
    BOOST_TEST(outer.at("endTimeUnixNano").as_string() == "1767225600250000000");
    BOOST_TEST(!outer.contains("parentSpanId"));
    BOOST_TEST(json_text(outer.at("attributes")) ==
               R"([{"key":"source_kind","value":{"stringValue":"command"}},{"key":"tags","value":{"intValue":"2"}},)"
               R"({"key":"confidence","value":{"doubleValue":0.5}},{"key":"truncated","value":{"boolValue":true}}])");
    BOOST_TEST(inner.at("parentSpanId") == outer.at("spanId"));
    BOOST_TEST(inner.at("traceId") == outer.at("traceId"));
    BOOST_TEST(inner.at("spanId") != outer.at("spanId"));
    BOOST_TEST(spans->counts().exported == 2u);
}

BOOST_AUTO_TEST_CASE(big_batches_go_in_several_requests) {
    answers = {accepted, accepted, accepted};
    otlp_options options;
    options.max_in_request = 4;
    start(options);
    for (int span = 0; span < 10; ++span)
        trace("a");
    time.advance(1s);
    run_until_sent();
    BOOST_REQUIRE_EQUAL(bodies.size(), 3u);
    BOOST_TEST(sent(0).size() == 4u);
    BOOST_TEST(sent(2).size() == 2u);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_when_nothing_ended) {
    start();
    time.advance(1h);
    BOOST_TEST(bodies.empty());
}

BOOST_AUTO_TEST_CASE(pause_that_the_collector_requests_is_kept) {
    answers = {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", accepted};
    start();
    trace("a");
    time.advance(1s);
    run_until([&] { return spans->counts().retries == 1; });
    time.settle();
    time.advance(7s - 1us);
    BOOST_TEST(bodies.size() == 1u);
    time.advance(1us);
    run_until_sent();
    BOOST_REQUIRE_EQUAL(bodies.size(), 2u);
    BOOST_TEST(sent(0) == sent(1));
    BOOST_TEST(spans->counts().exported == 1u);
    BOOST_TEST(spans->counts().dropped == 0u);
}

BOOST_AUTO_TEST_CASE(date_to_retry_after_is_waited_for) {
    answers = {
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: Thu, 01 Jan 2026 00:01:00 GMT\r\nContent-Length: 0\r\n\r\n",
        accepted};
    start();
    trace("a");
    time.advance(1s);
    run_until([&] { return spans->counts().retries == 1; });
    time.settle();
    time.advance(58s);
    BOOST_TEST(bodies.size() == 1u);
    time.advance(1s);
    run_until_sent();
    BOOST_TEST(bodies.size() == 2u);
}

BOOST_AUTO_TEST_CASE(collector_that_is_away_gets_the_spans_when_it_is_back) {
    answers = {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "", "no HTTP at all\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x')};
    start();
    trace("a");
    time.advance(1s);
    for (std::uint64_t attempt = 1; attempt <= 3; ++attempt) {
        run_until([&] { return spans->counts().retries == attempt; });
        time.settle();
        BOOST_TEST(spans->counts().waiting == 1u);
        BOOST_REQUIRE(time.advance_to_next()); // the pause, and not the time limit of the request after it
    }
    run_until_sent();
    BOOST_TEST(spans->counts().exported == 1u);
}

BOOST_AUTO_TEST_CASE(collector_that_does_not_answer_is_abandoned_at_the_time_limit) {
    start();
    trace("a");
    time.advance(1s);
    run_until_asked(1);
    time.advance(9s);
    BOOST_TEST(spans->counts().retries == 0u);
    time.advance(1s);
    run_until([&] { return spans->counts().retries == 1; });
    answers = {accepted};
    time.settle();
    time.advance(1s);
    run_until_sent();
    BOOST_TEST(spans->counts().exported == 1u);
}

BOOST_AUTO_TEST_CASE(spans_are_sent_and_sent_again_regardless_of_the_clock) {
    answers = {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", accepted};
    start();
    trace("a");
    clock.error = -1h;
    time.advance(1s);
    run_until([&] { return spans->counts().retries == 1; });
    time.settle();
    clock.error = -2h;
    time.advance(1s);
    run_until_sent();
    BOOST_TEST(spans->counts().exported == 1u);
}

BOOST_AUTO_TEST_CASE(span_lasts_as_long_as_it_took_regardless_of_the_clock) {
    answers = {accepted};
    start();
    {
        traced_span const span(&*spans, clock, "a");
        time.advance(250ms);
        clock.error = -1h;
    }
    time.advance(1s);
    run_until_sent();
    BOOST_TEST(sent(0)[0].at("startTimeUnixNano").as_string() == "1767225600000000000");
    BOOST_TEST(sent(0)[0].at("endTimeUnixNano").as_string() == "1767225600250000000");
}

BOOST_AUTO_TEST_CASE(spans_that_the_collector_rejects_are_dropped_and_counted) {
    answers = {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"partialSuccess\":{\"rejectedSpans\":\"1\"}}"};
    start();
    trace("a");
    time.advance(1s);
    run_until_sent();
    BOOST_TEST(spans->counts().dropped == 1u);
    trace("b");
    trace("c");
    time.advance(1s);
    run_until_sent();
    BOOST_TEST(spans->counts().dropped == 2u);
    BOOST_TEST(spans->counts().exported == 1u);
}

BOOST_AUTO_TEST_CASE(queue_is_bounded) {
    otlp_options options;
    options.max_waiting = 3;
    start(options);
    for (int span = 0; span < 10; ++span)
        trace("a");
    BOOST_TEST(spans->counts().waiting == 3u);
    BOOST_TEST(spans->counts().dropped == 7u);
}

BOOST_AUTO_TEST_CASE(trace_that_is_left_out_is_left_out_as_a_whole) {
    otlp_options options;
    options.sampled = 0;
    start(options);
    {
        traced_span const outer(&*spans, time, "a");
        traced_span const inner(outer, "b");
        BOOST_TEST(!inner.id().is_recorded());
    }
    BOOST_TEST(spans->counts().waiting == 0u);
}

BOOST_AUTO_TEST_CASE(share_of_the_traces_is_about_what_was_asked_for) {
    otlp_options options;
    options.sampled = 0.25;
    options.max_waiting = 100'000;
    start(options);
    for (int span = 0; span < 40'000; ++span)
        trace("a");
    BOOST_TEST(spans->counts().waiting > 9'000u);
    BOOST_TEST(spans->counts().waiting < 11'000u);
}

BOOST_AUTO_TEST_CASE(without_a_tracer_nothing_happens) {
    traced_span outer(nullptr, time, "a");
    outer.note("x", true);
    traced_span const inner(outer, "b");
    BOOST_TEST(!outer.id().is_recorded());
    BOOST_TEST(!inner.id().is_recorded());
}

BOOST_AUTO_TEST_CASE(flush_sends_what_waits_at_the_end) {
    answers = {accepted};
    otlp_options options;
    options.url = "http://localhost:" + std::to_string(acceptor.local_endpoint().port()) + "/";
    otlp_tracer last_words(loop.get_executor(), time, options);
    { traced_span const span(&last_words, time, "a"); }
    bool done = false;
    asio::co_spawn(loop, last_words.flush(1s), [&](std::exception_ptr) { done = true; });
    run_until([&] { return done; });
    BOOST_TEST(last_words.counts().exported == 1u);
}

BOOST_AUTO_TEST_CASE(flush_ends_in_time_regardless_of_the_clock) {
    otlp_options options;
    options.max_in_request = 1;
    make(options);
    trace("a");
    trace("b");
    bool done = false;
    auto const flush = [&]() -> asio::awaitable<void> {
        co_await spans->flush(10s);
        done = true;
    };
    tasks.spawn("flush", flush());
    run_until_asked(1);
    time.advance(4s);
    clock.error = -1h;
    asio::write(held.front(), asio::buffer(accepted));
    run_until_asked(2);
    time.advance(6s);
    BOOST_TEST(done);
    BOOST_TEST(spans->counts().exported == 1u);
}

BOOST_AUTO_TEST_CASE(spans_of_many_threads_are_all_kept_and_have_ids_of_their_own) {
    start();
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([this] {
            for (int span = 0; span < 100; ++span)
                traced_span const each(&*spans, time, "a");
        });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(spans->counts().waiting == 400u);
    time.advance(1s);
    run_until_asked(1);
    std::set<std::string> ids;
    for (auto const& span : sent(0))
        ids.insert(std::string(span.at("spanId").as_string()));
    BOOST_TEST(ids.size() == 400u);
}

BOOST_AUTO_TEST_CASE(addresses_that_cannot_be_used_are_refused) {
    for (std::string const url :
         {"", "collector:4318", "https://collector/", "http://", "http://user:pw@collector/", "ftp://collector/"}) {
        otlp_options options;
        options.url = url;
        BOOST_CHECK_THROW(otlp_tracer(loop.get_executor(), time, options), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_SUITE_END()
