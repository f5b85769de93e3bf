#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace rulehost {

/// Runs `function` on `database` and returns to the caller's executor with its result or its exception.
///
/// The call itself is not cancellable (it ignores the caller's cancellation slot): a transaction that was begun ends,
/// and its result is not lost. A cancellation that arrived meanwhile takes effect at the caller's next co_await.
/// `function` is destroyed before the caller resumes.
template <class Function>
boost::asio::awaitable<std::invoke_result_t<Function&>> blocking_call(boost::asio::any_io_executor database,
                                                                      Function function) {
    namespace asio = boost::asio;
    using result = std::invoke_result_t<Function&>;
    // Named first: g++ 12 destroys a temporary of a co_await statement twice.
    auto initiation = [](auto handler, asio::any_io_executor where, Function what) {
        auto caller = asio::make_work_guard(asio::get_associated_executor(handler));
        auto work = [handler = std::move(handler), what = std::optional<Function>(std::move(what)),
                     caller = std::move(caller)]() mutable {
            std::exception_ptr problem;
            std::optional<result> value;
            try {
                value.emplace((*what)());
            } catch (...) {
                problem = std::current_exception();
            }
            what.reset(); // it may own objects that need the caller's loop, which ends with the caller
            auto const executor = caller.get_executor();
            asio::post(executor,
                       [handler = std::move(handler), problem = std::move(problem), value = std::move(value),
                        caller = std::move(caller)]() mutable {
                           auto finish = std::move(handler);
                           std::move(finish)(std::move(problem), std::move(value));
                       });
        };
        asio::post(where, std::move(work));
    };
    auto value =
        co_await asio::async_initiate<asio::use_awaitable_t<> const, void(std::exception_ptr, std::optional<result>)>(
            std::move(initiation), asio::use_awaitable, std::move(database), std::move(function));
    co_return std::move(*value);
}

} // namespace rulehost
