#pragma once

#include <rulehost/task_group.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace rulehost::test {

/// A proxy on a local port that may go silent: it then neither forwards nor closes anything, like a firewall that drops
/// packets. Runs on its own thread.
class tcp_proxy {
public:
    explicit tcp_proxy(std::uint16_t target) : target_(target) {
        tasks_.spawn("accept", accept());
        thread_ = std::thread([this] { loop_.run(); });
    }
    tcp_proxy(tcp_proxy const&) = delete;
    tcp_proxy& operator=(tcp_proxy const&) = delete;
    ~tcp_proxy() {
        boost::asio::post(loop_, [this] {
            stopped_ = false;
            tasks_.cancel();
            boost::asio::co_spawn(loop_, tasks_.join(), [](std::exception_ptr) {});
        });
        thread_.join();
    }

    std::uint16_t port() const { return port_; }

    /// The URL of a server, with the proxy in its place.
    static std::uint16_t port_of(std::string const& url) {
        auto const colon = url.rfind(':');
        return static_cast<std::uint16_t>(std::stoul(url.substr(colon + 1)));
    }
    std::string in_place_of(std::string const& url) const {
        auto const colon = url.rfind(':');
        auto const end = url.find('/', colon);
        return url.substr(0, colon + 1) + std::to_string(port_) + (end == url.npos ? "" : url.substr(end));
    }

    /// `held_back` is called, on the proxy's thread, whenever bytes are not forwarded.
    void stop_forwarding(std::function<void()> held_back = {}) {
        std::promise<void> done;
        boost::asio::post(loop_, [&] {
            stopped_ = true;
            held_back_ = std::move(held_back);
            done.set_value();
        });
        done.get_future().wait();
    }
    /// Forwards what was held back.
    void resume() {
        boost::asio::post(loop_, [this] {
            stopped_ = false;
            resumed_.cancel();
        });
    }

private:
    using tcp = boost::asio::ip::tcp;

    struct link {
        link(tcp::socket accepted, boost::asio::io_context& loop) : near(std::move(accepted)), far(loop) {}
        tcp::socket near;
        tcp::socket far;
    };

    boost::asio::awaitable<void> accept() {
        for (;;) {
            auto accepted = co_await acceptor_.async_accept(boost::asio::use_awaitable);
            tasks_.spawn("link", serve(std::make_shared<link>(std::move(accepted), loop_)));
        }
    }

    boost::asio::awaitable<void> serve(std::shared_ptr<link> both) {
        try {
            co_await resumed();
            tcp::endpoint const there(boost::asio::ip::address_v4::loopback(), target_);
            co_await both->far.async_connect(there, boost::asio::use_awaitable);
            tasks_.spawn("answers", forward(both, both->far, both->near));
            co_await forward(both, both->near, both->far);
        } catch (boost::system::system_error const&) {
            // No server listens there: closing the link closes the client's side.
        }
    }

    boost::asio::awaitable<void> forward(std::shared_ptr<link> both, tcp::socket& from, tcp::socket& to) {
        std::array<char, 16384> data;
        try {
            for (;;) {
                auto const size = co_await from.async_read_some(boost::asio::buffer(data), boost::asio::use_awaitable);
                co_await resumed();
                co_await boost::asio::async_write(to, boost::asio::buffer(data, size), boost::asio::use_awaitable);
            }
        } catch (boost::system::system_error const&) {
            boost::system::error_code ignored;
            both->near.close(ignored);
            both->far.close(ignored);
        }
    }

    boost::asio::awaitable<void> resumed() {
        if (stopped_ && held_back_)
            held_back_();
        while (stopped_) {
            try {
                co_await resumed_.async_wait(boost::asio::use_awaitable);
            } catch (boost::system::system_error const&) {
                // Cancelled, to wake it.
            }
        }
    }

    std::uint16_t target_;
    boost::asio::io_context loop_{1};
    tcp::acceptor acceptor_{loop_, {boost::asio::ip::address_v4::loopback(), 0}};
    boost::asio::steady_timer resumed_{loop_, boost::asio::steady_timer::time_point::max()};
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    bool stopped_ = false;
    std::function<void()> held_back_;
    task_group tasks_{loop_.get_executor()};
    std::thread thread_;
};

} // namespace rulehost::test
