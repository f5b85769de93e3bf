#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace rulehost::test {

/// One io_context on the wall clock, for what talks to a real server; base class of fixtures.
struct real_loop {
    real_loop() = default;
    real_loop(real_loop const&) = delete;
    real_loop& operator=(real_loop const&) = delete;

    /// Runs the loop until `work` has ended; what it throws is thrown here.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::exception_ptr problem;
        std::optional<T> value;
        bool done = false;
        boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr e, T v) {
            problem = e;
            value.emplace(std::move(v));
            done = true;
        });
        run_until(done);
        if (problem)
            std::rethrow_exception(problem);
        return std::move(*value);
    }

    void run(boost::asio::awaitable<void> work) {
        std::exception_ptr problem;
        bool done = false;
        boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr e) {
            problem = e;
            done = true;
        });
        run_until(done);
        if (problem)
            std::rethrow_exception(problem);
    }

    /// Runs the loop until `reached`; CTest's time limit ends what never does.
    template <class Condition>
    void run_until(Condition const& reached) {
        auto const work = boost::asio::make_work_guard(loop);
        loop.restart();
        while (!is(reached))
            loop.run_one();
    }

    boost::asio::io_context loop{1};

private:
    static bool is(bool const& flag) { return flag; }
    template <class Condition>
    static bool is(Condition const& condition) { return condition(); }
};

} // namespace rulehost::test
