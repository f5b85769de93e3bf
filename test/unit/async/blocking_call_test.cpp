#include "async/blocking_call.hpp"

#include <rulehost/worker_threads.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>

using namespace rulehost;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(blocking_calls)

// The last call of a run may own a store, whose descriptors need the loop.
BOOST_AUTO_TEST_CASE(call_releases_what_it_holds_before_its_caller_goes_on) {
    worker_threads threads{1};
    asio::io_context loop{1};
    int released = 0;
    constexpr int calls = 2000;
    auto const call_again = [&]() -> asio::awaitable<void> {
        for (int i = 0; i < calls; ++i) {
            auto held = std::make_shared<int>(i);
            std::weak_ptr<int> const seen = held;
            auto act = [held = std::move(held)] { return *held; };
            auto const answer = co_await blocking_call(threads.get_executor(), std::move(act));
            released += answer == i && seen.expired() ? 1 : 0;
        }
    };
    std::exception_ptr problem;
    asio::co_spawn(loop, call_again(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    threads.join(); // the last thread to post is still in the loop
    BOOST_TEST(!problem);
    BOOST_TEST(released == calls);
}

BOOST_AUTO_TEST_SUITE_END()
