#include <rulehost/time_source.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(system_clock)

BOOST_AUTO_TEST_CASE(sleep_ends_at_the_deadline_and_not_before) {
    system_time_source time;
    asio::io_context loop;
    auto const deadline = time.now() + 5ms;
    asio::co_spawn(loop, time.sleep_until(deadline), [](std::exception_ptr problem) { BOOST_TEST(!problem); });
    loop.run();
    BOOST_TEST((time.now() >= deadline));
}

BOOST_AUTO_TEST_CASE(deadline_that_passed_ends_at_once) {
    system_time_source time;
    asio::io_context loop;
    bool ended = false;
    asio::co_spawn(loop, time.sleep_until(time_point{}), [&](std::exception_ptr) { ended = true; });
    loop.poll();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(cancellation_ends_the_sleep) {
    system_time_source time;
    asio::io_context loop;
    asio::cancellation_signal stop;
    boost::system::error_code code;
    asio::co_spawn(loop, time.sleep_until(time_point::max()),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr problem) {
                       try {
                           std::rethrow_exception(problem);
                       } catch (boost::system::system_error const& error) {
                           code = error.code();
                       }
                   }));
    loop.poll();
    stop.emit(asio::cancellation_type::terminal);
    loop.run();
    BOOST_TEST(code == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_SUITE_END()
