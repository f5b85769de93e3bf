#include "async/reader_wakeup.hpp"

#include "text/assertion.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace rulehost {

namespace asio = boost::asio;

asio::awaitable<void> reader_wakeup::wait() {
    RULEHOST_ASSERT(!reader_);
    struct registration {
        reader_wakeup& owner;
        ~registration() { owner.reader_ = nullptr; }
    };
    auto const cancelled = co_await asio::this_coro::cancellation_state;
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    reader_ = &never;
    registration const registered{*this};
    boost::system::error_code ignored; // the same whether it was notified or cancelled
    co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

} // namespace rulehost
