#pragma once

#include <rulehost/virtual_time.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace rulehost::test {

/// One io_context on virtual time; base class of fixtures. Proves at the end that nobody was left sleeping.
struct virtual_loop {
    virtual_loop() = default;
    virtual_loop(virtual_loop const&) = delete;
    virtual_loop& operator=(virtual_loop const&) = delete;
    ~virtual_loop() {
        time.settle();
        BOOST_CHECK_EQUAL(time.sleepers(), 0u);
    }

    /// Runs `work` to its end without moving time; what it throws is thrown here.
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
        time.settle();
        BOOST_REQUIRE(done);
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
        time.settle();
        BOOST_REQUIRE(done);
        if (problem)
            std::rethrow_exception(problem);
    }

    boost::asio::io_context loop{1};
    virtual_time time{loop};
};

} // namespace rulehost::test
