#include "async/interruptible_sleep.hpp"

#include "support/virtual_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct interruptible_sleep_fixture : test::virtual_loop {
    void begin(std::optional<time_point> deadline) {
        auto const ended = [this](std::exception_ptr problem, interruptible_sleep::end by) {
            ended_by = by;
            ended_at = time.now();
            failure = problem;
        };
        asio::co_spawn(loop, sleep.until(deadline), asio::bind_cancellation_slot(stop.slot(), ended));
        time.settle();
    }

    asio::cancellation_signal stop;
    interruptible_sleep sleep{time};
    time_point const start = time.now();
    std::optional<time_point> ended_at;
    interruptible_sleep::end ended_by{};
    std::exception_ptr failure;
};

class broken_clock final : public time_source {
public:
    time_point now() const override { return {}; }
    duration elapsed() const override { return {}; }
    asio::awaitable<void> sleep_until(time_point) override {
        throw std::runtime_error("no clock");
        co_return;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sleep_with_a_moving_deadline, interruptible_sleep_fixture)

BOOST_AUTO_TEST_CASE(ends_at_the_deadline) {
    begin(start + 1h);
    time.advance(59min);
    BOOST_TEST(!ended_at);
    time.advance(1min);
    BOOST_REQUIRE(ended_at);
    BOOST_TEST((*ended_at == start + 1h));
    BOOST_TEST((ended_by == interruptible_sleep::end::deadline));
    BOOST_TEST(!failure);
}

BOOST_AUTO_TEST_CASE(ends_when_it_is_interrupted) {
    begin(start + 1h);
    sleep.interrupt();
    time.settle();
    BOOST_TEST((ended_at == start));
    BOOST_TEST(!failure);
    BOOST_TEST(time.sleepers() == 0u);
}

BOOST_AUTO_TEST_CASE(interruption_before_the_sleep_is_not_lost_and_counts_once) {
    sleep.interrupt();
    begin(start + 1h);
    BOOST_TEST((ended_at == start));
    BOOST_TEST((ended_by == interruptible_sleep::end::interruption));
    ended_at.reset();
    begin(start + 1h);
    BOOST_TEST(!ended_at);
    time.advance(1h);
    BOOST_TEST(ended_at.has_value());
}

BOOST_AUTO_TEST_CASE(without_a_deadline_only_an_interruption_ends_it) {
    begin({});
    BOOST_TEST(time.sleepers() == 0u);
    time.advance(1000h);
    BOOST_TEST(!ended_at);
    sleep.interrupt();
    time.settle();
    BOOST_TEST(ended_at.has_value());
    BOOST_TEST((ended_by == interruptible_sleep::end::interruption));
    BOOST_TEST(!failure);
}

BOOST_AUTO_TEST_CASE(cancellation_ends_it_as_aborted) {
    for (auto const deadline : {std::optional<time_point>{start + 1h}, std::optional<time_point>{}}) {
        begin(deadline);
        stop.emit(asio::cancellation_type::terminal);
        time.settle();
        BOOST_REQUIRE(failure);
        BOOST_CHECK_THROW(std::rethrow_exception(std::exchange(failure, nullptr)), boost::system::system_error);
        BOOST_TEST(time.sleepers() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(clock_that_fails_is_not_taken_for_a_deadline) {
    broken_clock clock;
    interruptible_sleep broken(clock);
    BOOST_CHECK_THROW(run(broken.until(start)), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
