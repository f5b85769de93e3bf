#include <rulehost/task_group.hpp>

#include "support/virtual_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct task_group_fixture : test::virtual_loop {
    asio::awaitable<void> work(std::string name, duration length) {
        auto const until = time.now() + length;
        try {
            co_await time.sleep_until(until);
        } catch (boost::system::system_error const&) {
            log.push_back(name + " stopped");
            throw;
        }
        log.push_back(name + " ended");
    }

    asio::awaitable<void> fail(duration after, std::string message) {
        co_await time.sleep_until(time.now() + after);
        throw std::runtime_error(message);
    }

    asio::awaitable<void> fail_oddly() {
        throw 42;
        co_return;
    }

    /// Ends some time after its cancellation.
    asio::awaitable<void> linger(duration length) {
        auto const until = time.now() + length;
        co_await asio::this_coro::throw_if_cancelled(false);
        while (time.now() < until) {
            try {
                co_await time.sleep_until(until);
            } catch (boost::system::system_error const&) {
                log.push_back("lingering");
            }
        }
        log.push_back("linger ended");
    }

    void begin_join() {
        asio::co_spawn(loop, group.join(),
                       asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr problem) {
                           joined = true;
                           failure = problem;
                       }));
        time.settle();
    }

    std::string failure_text() const {
        try {
            std::rethrow_exception(failure);
        } catch (std::exception const& error) {
            return error.what();
        }
    }

    task_group group{loop.get_executor()};
    asio::cancellation_signal stop;
    bool joined = false;
    std::exception_ptr failure;
    std::vector<std::string> log;
};

using lines = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(tasks, task_group_fixture)

BOOST_AUTO_TEST_CASE(join_of_an_empty_group_returns_at_once) {
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(!failure);
}

BOOST_AUTO_TEST_CASE(join_waits_for_all) {
    group.spawn("a", work("a", 1s));
    group.spawn("b", work("b", 3s));
    group.spawn("c", work("c", 2s));
    begin_join();
    time.advance(2s);
    BOOST_TEST(!joined);
    time.advance(1s);
    BOOST_TEST(joined);
    BOOST_TEST(!failure);
    BOOST_TEST((log == lines{"a ended", "c ended", "b ended"}));
}

BOOST_AUTO_TEST_CASE(first_failure_stops_the_siblings_and_is_rethrown) {
    group.spawn("long", work("long", 4h));
    group.spawn("bad", fail(1s, "first"));
    group.spawn("worse", fail(2s, "second"));
    begin_join();
    time.advance(1s);
    BOOST_TEST(joined);
    BOOST_TEST(failure_text() == "first");
    BOOST_TEST((log == lines{"long stopped"}));
}

BOOST_AUTO_TEST_CASE(failure_before_join_is_kept_for_it) {
    group.spawn("bad", fail(0s, "early"));
    time.settle();
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(failure_text() == "early");
}

BOOST_AUTO_TEST_CASE(exception_of_no_standard_type_is_named_after_its_task) {
    group.spawn("odd one", fail_oddly());
    begin_join();
    BOOST_TEST(failure_text() == "odd one failed with an unknown exception");
}

BOOST_AUTO_TEST_CASE(cancelled_group_ends_without_a_failure) {
    group.spawn("a", work("a", 4h));
    group.spawn("b", work("b", 5h));
    time.settle();
    group.cancel();
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(!failure);
    BOOST_TEST((log == lines{"a stopped", "b stopped"}));
}

BOOST_AUTO_TEST_CASE(cancel_reaches_a_task_that_did_not_start_yet) {
    group.spawn("a", work("a", 4h));
    group.cancel();
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(!failure);
}

BOOST_AUTO_TEST_CASE(aborted_task_of_a_group_that_was_not_cancelled_is_a_failure) {
    auto aborted = []() -> asio::awaitable<void> {
        throw boost::system::system_error(asio::error::operation_aborted);
        co_return;
    };
    group.spawn("socket", aborted());
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(!!failure);
}

BOOST_AUTO_TEST_CASE(task_that_takes_its_time_to_stop_is_waited_for) {
    group.spawn("slow", linger(10s));
    begin_join();
    group.cancel();
    time.settle();
    BOOST_TEST(!joined);
    BOOST_TEST((log == lines{"lingering"}));
    time.advance(10s);
    BOOST_TEST(joined);
    BOOST_TEST(log.back() == "linger ended");
}

BOOST_AUTO_TEST_CASE(cancelled_join_stops_the_tasks_and_still_waits_for_them) {
    group.spawn("slow", linger(10s));
    group.spawn("quick", work("quick", 4h));
    begin_join();
    stop.emit(asio::cancellation_type::terminal);
    time.settle();
    BOOST_TEST(!joined);
    BOOST_TEST((log == lines{"lingering", "quick stopped"}));
    time.advance(10s);
    BOOST_TEST(joined);
    BOOST_CHECK_THROW(std::rethrow_exception(failure), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(failure_wins_over_the_cancellation_of_join) {
    group.spawn("stubborn", linger(1s));
    group.spawn("bad", fail(0s, "broken"));
    begin_join();
    stop.emit(asio::cancellation_type::terminal);
    time.advance(1s);
    BOOST_TEST(joined);
    BOOST_TEST(failure_text() == "broken");
}

BOOST_AUTO_TEST_CASE(stopped_group_starts_nothing_more) {
    group.cancel();
    group.spawn("late", work("late", 0s));
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(task_may_start_another) {
    auto parent = [](task_group_fixture& self) -> asio::awaitable<void> {
        self.group.spawn("child", self.work("child", 2s));
        co_await self.work("parent", 1s);
    };
    group.spawn("parent", parent(*this));
    begin_join();
    time.advance(1s);
    BOOST_TEST(!joined);
    time.advance(1s);
    BOOST_TEST(joined);
    BOOST_TEST((log == lines{"parent ended", "child ended"}));
}

BOOST_AUTO_TEST_CASE(operation_with_an_empty_slot_is_not_interrupted_and_the_request_is_not_lost) {
    bool finished = false;
    auto careful = [](task_group_fixture& self, bool& done) -> asio::awaitable<void> {
        auto step = self.work("step", 1s);
        co_await asio::co_spawn(self.loop, std::move(step),
                                asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
        done = true;
        co_await self.work("rest", 1h);
    };
    group.spawn("careful", careful(*this, finished));
    begin_join();
    group.cancel();
    time.settle();
    BOOST_TEST(!joined);
    time.advance(1s);
    BOOST_TEST(finished);
    BOOST_TEST(joined);
    BOOST_TEST((log == lines{"step ended"}));
}

BOOST_AUTO_TEST_CASE(task_that_is_cancelled_before_it_begins_never_runs) {
    group.spawn("late", work("late", 1h));
    group.cancel();
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(!failure);
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(task_that_never_waits_may_cancel_its_group) {
    auto cancel = [](task_group& own) -> asio::awaitable<void> {
        own.cancel();
        co_return;
    };
    group.spawn("long", work("long", 1h));
    group.spawn("impatient", cancel(group));
    begin_join();
    BOOST_TEST(joined);
    BOOST_TEST(!failure);
    BOOST_TEST((log == lines{"long stopped"}));
}

BOOST_AUTO_TEST_SUITE_END()
