#include "async/contained.hpp"

#include "text/failure_reason.hpp"

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace rulehost {

boost::asio::awaitable<void> contained(boost::asio::awaitable<void> work,
                                       std::function<void(std::string const&)> const& failed) {
    auto const caller = co_await boost::asio::this_coro::cancellation_state;
    try {
        co_await std::move(work);
    } catch (std::exception const& error) {
        if (caller.cancelled() != boost::asio::cancellation_type::none)
            throw;
        if (failed)
            failed(failure_reason(error));
    }
}

} // namespace rulehost
