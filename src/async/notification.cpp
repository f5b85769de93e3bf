#include "async/notification.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace rulehost {

namespace asio = boost::asio;

asio::awaitable<void> notification::wait() {
    auto const cancelled = co_await asio::this_coro::cancellation_state;
    boost::system::error_code ignored; // the same whether it was notified or cancelled
    co_await never_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

} // namespace rulehost
