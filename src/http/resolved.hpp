#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <string>
#include <utility>

namespace rulehost {

/// The addresses of a host. Unlike Asio's operation, which waits for the system's lookup, it ends at once when it is
/// cancelled; the lookup then continues in the background. Runs on `executor`, one thread or a strand. Throws
/// boost::system::system_error.
template <class Protocol>
boost::asio::awaitable<typename boost::asio::ip::basic_resolver<Protocol>::results_type> resolved(
    boost::asio::any_io_executor executor, std::string host, std::string port) {
    using resolver = boost::asio::ip::basic_resolver<Protocol>;
    struct look_up {
        explicit look_up(boost::asio::any_io_executor const& on)
            : names(on), end(on, boost::asio::steady_timer::time_point::max()) {}

        resolver names;
        boost::asio::steady_timer end; ///< cancelled when it has ended
        bool has_ended = false;
        boost::system::error_code problem;
        typename resolver::results_type found;
    };
    auto const look = std::make_shared<look_up>(executor);
    look->names.async_resolve(host, port,
                              [look](boost::system::error_code problem, typename resolver::results_type found) {
                                  look->has_ended = true;
                                  look->problem = problem;
                                  look->found = std::move(found);
                                  look->end.cancel();
                              });
    boost::system::error_code woken;
    co_await look->end.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    auto const caller = co_await boost::asio::this_coro::cancellation_state;
    if (!look->has_ended || caller.cancelled() != boost::asio::cancellation_type::none) {
        look->names.cancel(); // skips a lookup that has not begun; a running one cannot be interrupted
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    if (look->problem)
        throw boost::system::system_error(look->problem);
    co_return look->found;
}

} // namespace rulehost
