#include "output/syslog_receiver.hpp"

#include "async/ends_within.hpp"
#include "http/resolved.hpp"
#include "http/tls_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

namespace {

constexpr std::size_t max_datagram = 2048; // every receiver should accept it (RFC 5426, 3.2)
constexpr std::size_t max_frame = 8192;
constexpr duration max_sending_time = std::chrono::seconds{10};
constexpr duration patience = std::chrono::seconds{2}; // time limit for the end of a connection

bool is_end(boost::system::error_code const& problem) {
    return problem == asio::error::eof || problem == ssl::error::stream_truncated;
}

} // namespace

syslog_receiver::syslog_receiver(asio::any_io_executor executor, time_source& time, syslog_options options)
    : executor_(std::move(executor)), time_(time), options_(std::move(options)) {
    if (options_.to.how == syslog_target::transport::tls)
        tls_.emplace(make_tls_client(options_.ca_file));
}

std::string syslog_receiver::message(tag const& about) const {
    auto const limit = options_.to.how == syslog_target::transport::udp ? max_datagram : max_frame;
    return syslog_message(about, options_.format, options_.host, limit);
}

asio::awaitable<std::string> syslog_receiver::send(std::span<tag const> tags) {
    std::string problem;
    auto work = deliver(tags, problem);
    bool const has_ended = co_await ends_within(time_, max_sending_time, std::move(work));
    if (!has_ended)
        problem = "not sent within " + format_duration(max_sending_time);
    if (!problem.empty())
        throw std::runtime_error(problem);
    co_return std::string();
}

asio::awaitable<void> syslog_receiver::deliver(std::span<tag const> tags, std::string& problem) const {
    try {
        if (options_.to.how == syslog_target::transport::udp) {
            co_await send_datagrams(tags);
            co_return;
        }
        std::string frames;
        for (auto const& each : tags)
            frames += framed(message(each));
        co_await send_stream(std::move(frames));
    } catch (boost::system::system_error const& error) {
        if (error.code() == asio::error::operation_aborted)
            throw;
        problem = error.code().message();
    }
}

asio::awaitable<void> syslog_receiver::send_datagrams(std::span<tag const> tags) const {
    auto const places = co_await resolved<asio::ip::udp>(executor_, options_.to.host, options_.to.port);
    asio::ip::udp::socket socket(executor_);
    co_await asio::async_connect(socket, places, asio::use_awaitable);
    for (auto const& each : tags) {
        auto const text = message(each);
        co_await socket.async_send(asio::buffer(text), asio::use_awaitable);
    }
}

asio::awaitable<void> syslog_receiver::send_stream(std::string frames) const {
    auto const places = co_await resolved<asio::ip::tcp>(executor_, options_.to.host, options_.to.port);
    asio::ip::tcp::socket socket(executor_);
    co_await asio::async_connect(socket, places, asio::use_awaitable);
    if (!tls_) {
        co_await asio::async_write(socket, asio::buffer(frames), asio::use_awaitable);
        socket.shutdown(asio::ip::tcp::socket::shutdown_send);
        auto end = read_to_end(socket);
        co_await ends_within(time_, patience, std::move(end));
        co_return;
    }
    ssl::stream<asio::ip::tcp::socket&> stream(socket, *tls_);
    co_await shake_hands(stream, options_.to.host);
    co_await asio::async_write(stream, asio::buffer(frames), asio::use_awaitable);
    auto end = [&]() -> asio::awaitable<void> {
        boost::system::error_code problem;
        co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, problem));
        if (problem && !is_end(problem))
            throw boost::system::system_error(problem);
    };
    auto closing = end();
    co_await ends_within(time_, patience, std::move(closing));
}

/// Throws when the connection breaks.
template <class Stream>
asio::awaitable<void> syslog_receiver::read_to_end(Stream& stream) const {
    std::array<char, 512> ignored;
    boost::system::error_code problem;
    while (!problem)
        co_await stream.async_read_some(asio::buffer(ignored), asio::redirect_error(asio::use_awaitable, problem));
    if (!is_end(problem))
        throw boost::system::system_error(problem);
}

} // namespace rulehost
