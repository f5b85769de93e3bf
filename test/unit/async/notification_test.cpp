#include "async/notification.hpp"

#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct waiting : test::virtual_loop {
    ~waiting() override {
        tasks.cancel();
        run(tasks.join());
    }

    asio::awaitable<void> wait(char name) {
        co_await changed.wait();
        woken += name;
    }

    void start(char name) {
        tasks.spawn("waiter", wait(name));
        time.settle();
    }

    notification changed;
    std::string woken;
    task_group tasks{loop.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(notifications, waiting)

BOOST_AUTO_TEST_CASE(all_waiters_wake_in_the_order_of_their_arrival) {
    for (auto const name : {'a', 'b', 'c'})
        start(name);
    changed.notify();
    BOOST_TEST(woken.empty());
    time.settle();
    BOOST_TEST(woken == "abc");
}

BOOST_AUTO_TEST_CASE(notification_without_waiters_is_lost) {
    changed.notify();
    start('a');
    BOOST_TEST(woken.empty());
    changed.notify();
    time.settle();
    BOOST_TEST(woken == "a");
}

BOOST_AUTO_TEST_CASE(a_waiter_that_is_cancelled_leaves_the_others_waiting) {
    start('a');
    {
        task_group left(loop.get_executor());
        left.spawn("waiter", wait('b'));
        time.settle();
        left.cancel();
        run(left.join());
    }
    start('c');
    changed.notify();
    time.settle();
    BOOST_TEST(woken == "ac");
}

BOOST_AUTO_TEST_CASE(a_limit_ends_a_wait) {
    BOOST_TEST(!run(changed.wait_for(0s)));
}

BOOST_AUTO_TEST_CASE(notification_may_be_destroyed_before_its_waiters) {
    auto gone = std::make_unique<notification>();
    {
        asio::io_context other;
        auto wait = [&]() -> asio::awaitable<void> { co_await gone->wait(); };
        bool ended = false;
        asio::co_spawn(other, wait(), [&](std::exception_ptr) { ended = true; });
        other.poll();
        gone.reset();
        BOOST_TEST(!ended);
    }
    BOOST_TEST(!gone);
}

BOOST_AUTO_TEST_SUITE_END()
