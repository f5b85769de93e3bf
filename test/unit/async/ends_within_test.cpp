#include "async/ends_within.hpp"

#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct limited : test::virtual_loop {
    ~limited() override {
        tasks.cancel();
        run(tasks.join());
    }

    asio::awaitable<void> last(duration length) {
        co_await time.pause(length);
        done = true;
    }

    asio::awaitable<void> watch(asio::awaitable<void> work) {
        in_time = co_await ends_within(time, 10s, std::move(work));
    }

    bool done = false;
    std::optional<bool> in_time;
    task_group tasks{loop.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(work_with_a_time_limit, limited)

BOOST_AUTO_TEST_CASE(work_that_ends_in_time_is_done) {
    tasks.spawn("work", watch(last(9s)));
    time.settle();
    time.advance(9s);
    BOOST_TEST(done);
    BOOST_TEST((in_time == true));
}

BOOST_AUTO_TEST_CASE(work_that_lasts_is_cancelled) {
    tasks.spawn("work", watch(last(11s)));
    time.settle();
    time.advance(10s);
    BOOST_TEST((in_time == false));
    time.advance(1s);
    BOOST_TEST(!done);
}

BOOST_AUTO_TEST_CASE(its_failure_is_passed_on) {
    auto fail = []() -> asio::awaitable<void> {
        throw std::runtime_error("broken");
        co_return;
    };
    BOOST_CHECK_THROW(run(ends_within(time, 10s, fail())), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
