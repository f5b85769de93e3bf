#include "async/notification.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace rulehost {

namespace asio = boost::asio;

struct notification::waiter {
    waiter(notification& on, asio::any_io_executor executor, std::chrono::steady_clock::time_point deadline)
        : owner(&on), before(on.last_), timer(std::move(executor), deadline) {
        (before ? before->after : on.first_) = this;
        on.last_ = this;
    }
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;
    ~waiter() {
        if (!owner)
            return;
        (before ? before->after : owner->first_) = after;
        (after ? after->before : owner->last_) = before;
    }

    notification* owner; ///< null: it was destroyed
    waiter* before;
    waiter* after = nullptr;
    asio::steady_timer timer;
    bool notified = false;
};

notification::~notification() {
    for (auto* each = first_; each; each = each->after)
        each->owner = nullptr;
}

asio::awaitable<void> notification::wait() {
    co_await wait_until(std::chrono::steady_clock::time_point::max());
}

asio::awaitable<bool> notification::wait_for(std::chrono::steady_clock::duration limit) {
    return wait_until(std::chrono::steady_clock::now() + limit);
}

asio::awaitable<bool> notification::wait_until(std::chrono::steady_clock::time_point deadline) {
    auto const cancelled = co_await asio::this_coro::cancellation_state;
    auto const executor = co_await asio::this_coro::executor;
    waiter here(*this, executor, deadline);
    boost::system::error_code ignored; // a notification cancels the timer as well
    co_await here.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    co_return here.notified;
}

void notification::notify() {
    for (auto* each = first_; each; each = each->after) {
        each->notified = true;
        each->timer.cancel();
    }
}

} // namespace rulehost
