#include <rulehost/virtual_time.hpp>

#include "support/virtual_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct fixture : test::virtual_loop {
    asio::awaitable<void> note(std::string name, duration after) {
        co_await time.sleep_until(time.now() + after);
        log.push_back(name + "@" + format_duration(time.now() - start));
    }

    void begin(asio::awaitable<void> work) {
        asio::co_spawn(loop, std::move(work), [](std::exception_ptr problem) { BOOST_TEST(!problem); });
    }

    time_point const start = time.now();
    std::vector<std::string> log;
};

using lines = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(virtual_clock, fixture)

BOOST_AUTO_TEST_CASE(time_stands_still_until_it_is_moved) {
    begin(note("a", 1us));
    time.settle();
    BOOST_TEST((time.now() == start));
    BOOST_TEST(time.sleepers() == 1u);
    BOOST_TEST(log.empty());
    time.advance(1us);
    BOOST_TEST(log == lines{"a@1us"});
}

BOOST_AUTO_TEST_CASE(sleepers_wake_in_the_order_of_their_deadlines_at_their_own_instant) {
    begin(note("late", 3s));
    begin(note("early", 1s));
    begin(note("middle", 2s));
    begin(note("beyond", 11s));
    time.advance(10s);
    BOOST_TEST((log == lines{"early@1s", "middle@2s", "late@3s"}));
    BOOST_TEST((time.now() == start + 10s));
    time.advance(1s);
    BOOST_TEST(log.back() == "beyond@11s");
}

BOOST_AUTO_TEST_CASE(equal_deadlines_wake_in_the_order_of_falling_asleep) {
    for (auto const* name : {"a", "b", "c"})
        begin(note(name, 1s));
    time.advance(1s);
    BOOST_TEST((log == lines{"a@1s", "b@1s", "c@1s"}));
}

BOOST_AUTO_TEST_CASE(sleep_that_starts_within_an_advance_ends_within_it) {
    auto nested = [](fixture& self) -> asio::awaitable<void> {
        co_await self.note("first", 1s);
        co_await self.note("second", 2s);
        co_await self.note("third", 30s);
    };
    begin(nested(*this));
    begin(note("between", 2s));
    time.advance(5s);
    BOOST_TEST((log == lines{"first@1s", "between@2s", "second@3s"}));
    time.advance(28s);
    BOOST_TEST(log.back() == "third@33s");
}

BOOST_AUTO_TEST_CASE(deadline_that_passed_does_not_suspend) {
    begin(note("now", 0s));
    begin(note("past", -1h));
    time.settle();
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST((time.now() == start));
}

BOOST_AUTO_TEST_CASE(cancelled_sleeper_is_forgotten) {
    asio::cancellation_signal stop;
    boost::system::error_code code;
    auto patient = [](fixture& self) -> asio::awaitable<void> { co_await self.note("never", 4h); };
    asio::co_spawn(loop, patient(*this), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr problem) {
                       try {
                           std::rethrow_exception(problem);
                       } catch (boost::system::system_error const& error) {
                           code = error.code();
                       }
                   }));
    time.settle();
    stop.emit(asio::cancellation_type::terminal);
    time.settle();
    BOOST_TEST(code == asio::error::operation_aborted);
    BOOST_TEST(time.sleepers() == 0u);
    time.advance(5h);
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(advance_to_next_goes_to_the_nearest_deadline_only) {
    BOOST_TEST(!time.advance_to_next());
    begin(note("a", 4h));
    begin(note("b", 5h));
    BOOST_TEST(time.advance_to_next());
    BOOST_TEST((log == lines{"a@4h"}));
    BOOST_TEST(time.advance_to_next());
    BOOST_TEST(!time.advance_to_next());
    BOOST_TEST((log == lines{"a@4h", "b@5h"}));
}

BOOST_AUTO_TEST_CASE(settle_runs_what_becomes_ready_meanwhile) {
    int steps = 0;
    auto chain = [](int& count) -> asio::awaitable<void> {
        for (; count != 100; ++count)
            co_await asio::post(asio::use_awaitable);
    };
    begin(chain(steps));
    time.settle();
    BOOST_TEST(steps == 100);
}

BOOST_AUTO_TEST_CASE(clock_may_be_destroyed_before_its_sleepers) {
    asio::io_context other;
    {
        virtual_time brief(other);
        asio::co_spawn(other, brief.sleep_until(brief.now() + 1s), [](std::exception_ptr) {});
        brief.settle();
        BOOST_TEST(brief.sleepers() == 1u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
