#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace rulehost::test {

/// An io_context, and the coroutines that a test runs on it. Derived classes drive it.
class driven_loop {
public:
    driven_loop() = default;
    driven_loop(driven_loop const&) = delete;
    driven_loop& operator=(driven_loop const&) = delete;
    virtual ~driven_loop() = default;

    /// Runs `work` to its end and returns its result or rethrows its exception.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::exception_ptr problem;
        std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
        bool done = false;
        boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr failure, auto... result) {
            problem = failure;
            (value.emplace(std::move(result)), ...);
            done = true;
        });
        drive(done);
        if (problem)
            std::rethrow_exception(problem);
        if constexpr (!std::is_void_v<T>)
            return std::move(*value);
    }

    boost::asio::io_context loop{1};

private:
    /// Runs the loop until `done`, or throws.
    virtual void drive(bool const& done) = 0;
};

} // namespace rulehost::test
