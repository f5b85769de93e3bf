#include "http/resolved.hpp"

#include "support/real_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>

using namespace rulehost;
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

BOOST_FIXTURE_TEST_SUITE(resolved_names, test::real_loop)

BOOST_AUTO_TEST_CASE(an_address_is_itself) {
    auto const found = run(resolved<tcp>(loop.get_executor(), "127.0.0.1", "80"));
    BOOST_REQUIRE_EQUAL(found.size(), 1u);
    BOOST_TEST((found.begin()->endpoint() == tcp::endpoint(asio::ip::address_v4::loopback(), 80)));
    BOOST_TEST(run(resolved<udp>(loop.get_executor(), "::1", "514")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_name_that_cannot_be_is_an_error) {
    BOOST_CHECK_THROW(run(resolved<tcp>(loop.get_executor(), "127.0.0.1", "no such port")),
                      boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_look_up_that_is_cancelled_ends_before_the_system_answers) {
    asio::cancellation_signal cancel;
    boost::system::error_code code;
    bool done = false;
    asio::co_spawn(loop, resolved<tcp>(loop.get_executor(), "127.0.0.1", "80"),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr problem, auto const&) {
                       done = true;
                       try {
                           if (problem)
                               std::rethrow_exception(problem);
                       } catch (boost::system::system_error const& error) {
                           code = error.code();
                       }
                   }));
    // Queued before the answer of the lookup, which the coroutine only begins now.
    asio::post(loop, [&] { cancel.emit(asio::cancellation_type::terminal); });
    run_until(done);
    BOOST_TEST((code == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_SUITE_END()
