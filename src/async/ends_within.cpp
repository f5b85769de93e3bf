#include "async/ends_within.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace rulehost {

namespace asio = boost::asio;

asio::awaitable<bool> ends_within(time_source& time, duration limit, asio::awaitable<void> work) {
    bool ended = false;
    task_group both(co_await asio::this_coro::executor);
    auto whole = [&]() -> asio::awaitable<void> {
        co_await std::move(work);
        ended = true;
        both.cancel();
    };
    auto give_up = [&]() -> asio::awaitable<void> {
        co_await time.pause(limit);
        both.cancel();
    };
    both.spawn("work with a time limit", whole());
    both.spawn("time limit", give_up());
    co_await both.join();
    co_return ended;
}

} // namespace rulehost
