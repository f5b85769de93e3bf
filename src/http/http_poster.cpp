#include "http/http_poster.hpp"

#include "async/ends_within.hpp"
#include "http/resolved.hpp"
#include "http/retry_after.hpp"
#include "http/tls_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;

namespace {

constexpr std::size_t max_header = 64 * 1024; // bytes, as they are read

} // namespace

struct http_poster::request {
    std::string content_type;
    std::string body;
};

http_poster::http_poster(asio::any_io_executor executor, time_source& time, http_poster_options options)
    : executor_(std::move(executor)), time_(time), options_(std::move(options)) {
    if (options_.to.encrypted)
        tls_.emplace(make_tls_client(options_.ca_file));
}

asio::awaitable<http_answer> http_poster::post(std::string content_type, std::string body, duration time_limit) {
    request const what{std::move(content_type), std::move(body)};
    http_answer answer;
    answer.problem = "no answer within " + format_duration(time_limit);
    auto attempt = exchange(what, answer);
    co_await ends_within(time_, time_limit, std::move(attempt));
    co_return answer;
}

asio::awaitable<void> http_poster::exchange(request const& what, http_answer& answer) const {
    try {
        auto const places = co_await resolved<tcp>(executor_, options_.to.host, options_.to.port);
        tcp::socket socket(executor_);
        co_await asio::async_connect(socket, places, asio::use_awaitable);
        if (!tls_) {
            co_await send_and_receive(socket, what, answer);
            co_return;
        }
        ssl::stream<tcp::socket&> stream(socket, *tls_);
        co_await shake_hands(stream, options_.to.host);
        co_await send_and_receive(stream, what, answer);
    } catch (boost::system::system_error const& error) {
        if (answer.status == 0 && error.code() != asio::error::operation_aborted)
            answer.problem = error.code().message();
    }
}

template <class Stream>
asio::awaitable<void> http_poster::send_and_receive(Stream& stream, request const& what, http_answer& answer) const {
    http::request<http::string_body> message(http::verb::post, options_.to.path, 11);
    message.set(http::field::host, options_.to.authority());
    message.set(http::field::content_type, what.content_type);
    message.set(http::field::user_agent, options_.user_agent);
    if (!options_.authorization.empty())
        message.set(http::field::authorization, options_.authorization);
    message.keep_alive(false);
    message.body() = what.body;
    message.prepare_payload();
    co_await http::async_write(stream, message, asio::use_awaitable);
    boost::beast::flat_buffer buffer(max_header);
    http::response_parser<http::buffer_body> response;
    response.body_limit(boost::none);
    co_await http::async_read_header(stream, buffer, response, asio::use_awaitable);
    // From here on there is an answer, even if its body never arrives.
    answer.problem.clear();
    answer.status = response.get().result_int();
    answer.retry_after = parse_retry_after(std::string(response.get()[http::field::retry_after]), time_.now());
    std::array<char, 4096> part;
    while (!response.is_done() && answer.body.size() < options_.max_answer) {
        auto& body = response.get().body();
        body.data = part.data();
        body.size = std::min(part.size(), options_.max_answer - answer.body.size());
        auto const room = body.size;
        boost::system::error_code problem;
        co_await http::async_read(stream, buffer, response, asio::redirect_error(asio::use_awaitable, problem));
        answer.body.append(part.data(), room - body.size);
        if (problem && problem != http::error::need_buffer)
            break;
    }
}

} // namespace rulehost
