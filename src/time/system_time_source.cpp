#include <rulehost/time_source.hpp>

#include "time/monotonic_clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace rulehost {

boost::asio::awaitable<void> time_source::pause(duration length) {
    co_await sleep_until(now() + length);
}

time_point system_time_source::now() const {
    return std::chrono::floor<duration>(std::chrono::system_clock::now());
}

duration system_time_source::elapsed() const {
    return std::chrono::floor<duration>(std::chrono::nanoseconds(monotonic_nanoseconds()));
}

boost::asio::awaitable<void> system_time_source::sleep_until(time_point deadline) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (auto present = now(); present < deadline; present = now()) {
        timer.expires_after(std::min<duration>(deadline - present, std::chrono::seconds{1}));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

boost::asio::awaitable<void> system_time_source::pause(duration length) {
    if (length <= duration::zero())
        co_return;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, length);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

} // namespace rulehost
