#pragma once

#include "support/virtual_loop.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstdint>
#include <exception>
#include <string>

namespace rulehost::test {

/// Virtual time with the kernel's sockets: base class of fixtures. The loop waits for the kernel while time stands
/// still.
struct real_sockets : virtual_loop {
    /// Runs the loop until `done()`, without moving time.
    template <class Done>
    void run_until(Done done) {
        loop.restart();
        while (!done())
            BOOST_REQUIRE_GT(loop.run_one(), 0u);
    }

    /// Sends `request` to a port of this machine and reads to the end of the connection.
    std::string exchange(std::uint16_t port, std::string request) {
        std::string answer;
        bool done = false;
        boost::asio::co_spawn(loop, talk(port, std::move(request), answer), [&](std::exception_ptr) { done = true; });
        run_until([&] { return done; });
        return answer;
    }

private:
    static boost::asio::awaitable<void> talk(std::uint16_t port, std::string request, std::string& answer) {
        boost::asio::ip::tcp::socket socket(co_await boost::asio::this_coro::executor);
        boost::asio::ip::tcp::endpoint const server(boost::asio::ip::address_v4::loopback(), port);
        co_await socket.async_connect(server, boost::asio::use_awaitable);
        boost::system::error_code ended;
        co_await boost::asio::async_write(socket, boost::asio::buffer(request),
                                          boost::asio::redirect_error(boost::asio::use_awaitable, ended));
        co_await boost::asio::async_read(socket, boost::asio::dynamic_buffer(answer),
                                         boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    }
};

} // namespace rulehost::test
