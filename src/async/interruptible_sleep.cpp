#include "async/interruptible_sleep.hpp"

#include "text/assertion.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

asio::awaitable<interruptible_sleep::end> interruptible_sleep::until(std::optional<time_point> deadline) {
    if (deadline)
        return race(time_.sleep_until(*deadline));
    return race(std::nullopt);
}

asio::awaitable<interruptible_sleep::end> interruptible_sleep::until(std::optional<steady_point> deadline) {
    if (deadline)
        return race(time_.pause(*deadline - steady_time(time_).now()));
    return race(std::nullopt);
}

asio::awaitable<interruptible_sleep::end> interruptible_sleep::at_most(duration length) {
    return race(time_.pause(length));
}

asio::awaitable<interruptible_sleep::end> interruptible_sleep::race(std::optional<asio::awaitable<void>> sleep) {
    RULEHOST_ASSERT(!sleeping_);
    struct registration {
        interruptible_sleep& owner;
        ~registration() {
            owner.sleeping_ = nullptr;
            owner.interrupted_ = false;
        }
    };
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer interruption(executor, asio::steady_timer::time_point::max());
    sleeping_ = &interruption;
    registration const registered{*this};
    if (interrupted_)
        co_return end::interruption;

    auto const cancelled = co_await asio::this_coro::cancellation_state;
    std::exception_ptr problem;
    if (sleep) {
        // Checks both branches: operator || would take a sleep that failed for one that ended.
        auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(*sleep), asio::deferred),
                                                            interruption.async_wait(asio::deferred));
        auto outcome = co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
        if (std::get<0>(outcome)[0] == 0)
            problem = std::get<1>(outcome);
    } else {
        boost::system::error_code ignored;
        co_await interruption.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    if (problem)
        std::rethrow_exception(problem);
    co_return interrupted_ ? end::interruption : end::deadline;
}

void interruptible_sleep::interrupt() {
    interrupted_ = true;
    if (sleeping_)
        sleeping_->cancel();
}

} // namespace rulehost
