#include "observability/admin_server.hpp"

#include "async/contained.hpp"
#include "observability/metrics_text.hpp"
#include "text/number.hpp"

#include <rulehost/diagnostic.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct admin_server::connection {
    connection(tcp::socket socket_, steady_point deadline_) : socket(std::move(socket_)), deadline(deadline_) {}

    void close() {
        boost::system::error_code ignored;
        socket.close(ignored);
    }

    tcp::socket socket;
    steady_point deadline;
};

namespace {

constexpr std::uint32_t max_header_bytes = 8 * 1024;
/// Max bytes that are read and dropped after the answer, so that a client that still sends gets to read it.
constexpr std::size_t max_drained_bytes = 64 * 1024;
constexpr duration accept_pause = std::chrono::seconds{1};

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view index_page = "rulehost\n\n"
                                        "/healthz   200 while the process answers\n"
                                        "/readyz    200 while it should be given work, else 503 and why not\n"
                                        "/metrics   for Prometheus\n";

struct page {
    http::status status = http::status::ok;
    std::string text;
    std::string_view type = plain_text;
};

tcp::endpoint parse_address(std::string_view text) {
    auto const colon = text.rfind(':');
    auto host = text.substr(0, colon);
    auto const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    if (host == "localhost")
        host = "127.0.0.1";
    boost::system::error_code bad;
    auto const address = asio::ip::make_address(std::string(host), bad);
    auto const port = colon == text.npos ? std::nullopt : parse_number<std::uint16_t>(text.substr(colon + 1));
    if (bad || address.is_v6() != bracketed || !port)
        throw std::invalid_argument("admin address '" + escape_for_terminal(text) +
                                    "' is not ADDRESS:PORT or [ADDRESS]:PORT");
    return {address, *port};
}

/// Answer to a request that cannot be parsed; empty: the client is gone.
std::optional<page> refusal_of(boost::system::error_code const& problem) {
    using http::error;
    if (problem == error::end_of_stream || problem == error::partial_message ||
        problem.category() != http::make_error_code(error::end_of_stream).category())
        return {};
    if (problem == error::header_limit || problem == error::buffer_overflow)
        return page{http::status::request_header_fields_too_large, "the header is too big\n"};
    if (problem == error::body_limit)
        return page{http::status::payload_too_large, "a body is not allowed\n"};
    return page{http::status::bad_request, "the request is malformed\n"};
}

page readiness_page(std::vector<std::string> const& missing) {
    if (missing.empty())
        return {http::status::ok, "ready\n"};
    page answer{http::status::service_unavailable, {}};
    for (auto const& reason : missing)
        answer.text += escape_for_terminal(reason) + "\n";
    return answer;
}

page page_at(std::string_view path, admin_pages const& pages) {
    if (path == "/healthz")
        return {http::status::ok, "ok\n"};
    if (path == "/readyz")
        return readiness_page(pages.missing_for_readiness());
    if (path == "/metrics")
        return {http::status::ok, pages.metrics(), metrics_text::content_type};
    if (path == "/")
        return {http::status::ok, std::string(index_page)};
    return {http::status::not_found, "no such page; / lists them\n"};
}

/// `HOST[:PORT]` that is an address, `localhost` or one of `names`.
bool is_own_host(std::string_view value, std::vector<std::string> const& names) {
    auto host = value;
    if (auto const colon = value.rfind(':'); colon != value.npos && value.find(']', colon) == value.npos) {
        if (!parse_number<std::uint16_t>(value.substr(colon + 1)))
            return false;
        host = value.substr(0, colon);
    }
    bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    boost::system::error_code bad;
    auto const address = asio::ip::make_address(std::string(host), bad);
    if (!bad)
        return address.is_v6() == bracketed;
    auto const is_host = [host](std::string_view name) { return boost::beast::iequals(host, name); };
    return !bracketed && (is_host("localhost") || std::ranges::any_of(names, is_host));
}

/// The reason why a request is not for this service; empty: it is. Without a `Host` it does not come from a browser.
std::optional<page> refusal_of_host(http::request<http::empty_body> const& request,
                                    std::vector<std::string> const& names) {
    auto const hosts = request.count(http::field::host);
    if (hosts > 1)
        return page{http::status::bad_request, "more than one Host\n"};
    auto const value = request[http::field::host];
    if (hosts == 1 && !is_own_host({value.data(), value.size()}, names))
        return page{http::status::misdirected_request,
                    "this Host is not a name of the service; --admin-name, or names: in the configuration, adds it\n"};
    return {};
}

page answer_to(http::request_parser<http::empty_body> const& request, admin_pages const& pages,
               std::vector<std::string> const& names) {
    if (auto refusal = refusal_of_host(request.get(), names))
        return std::move(*refusal);
    auto const method = request.get().method();
    if (method != http::verb::get && method != http::verb::head)
        return {http::status::method_not_allowed, "only GET and HEAD\n"};
    if (request.chunked())
        return {http::status::payload_too_large, "a body is not allowed\n"};
    auto const target = request.get().target();
    auto const path = std::string_view(target.data(), target.size());
    try {
        return page_at(path.substr(0, path.find('?')), pages);
    } catch (std::exception const&) { // fails this page only
        return {http::status::internal_server_error, "the page could not be made\n"};
    }
}

} // namespace

tcp::endpoint admin_endpoint(admin_options const& options) {
    auto const endpoint = parse_address(options.address);
    if (!endpoint.address().is_loopback() && options.reachable_from == admin_options::reach::this_machine)
        throw std::invalid_argument("admin address " + options.address +
                                    " can be reached from other machines, which has to be asked for");
    return endpoint;
}

admin_server::admin_server(asio::any_io_executor executor, time_source& time, admin_options options, admin_pages pages)
    : time_(time),
      options_(std::move(options)),
      pages_(std::move(pages)),
      count_cut_off_([this](std::string const&) { ++counts_.cut_off; }),
      acceptor_(executor, admin_endpoint(options_)),
      overdue_(time_),
      tasks_(executor) {}

admin_server::~admin_server() = default;

asio::awaitable<void> admin_server::run() {
    tasks_.spawn("admin endpoint", accept());
    tasks_.spawn("admin endpoint", cut_off_overdue());
    co_await tasks_.join();
}

asio::awaitable<void> admin_server::accept() {
    for (;;) {
        boost::system::error_code error;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::connection_aborted)
            continue;
        if (error) { // usually out of descriptors, which passes
            co_await time_.pause(accept_pause);
            continue;
        }
        ++counts_.accepted;
        try {
            admit(std::move(socket));
        } catch (std::bad_alloc const&) {
            ++counts_.cut_off;
        }
    }
}

void admin_server::admit(tcp::socket socket) {
    if (open_.size() == options_.max_connections)
        cut_off_oldest();
    auto const client = std::make_shared<connection>(std::move(socket), time_.now() + options_.time_limit);
    open_.push_back(client);
    if (open_.size() == 1)
        overdue_.interrupt();
    tasks_.spawn("admin connection", contained(serve(client), count_cut_off_));
}

asio::awaitable<void> admin_server::serve(std::shared_ptr<connection> client) {
    struct departure {
        admin_server& server;
        std::shared_ptr<connection> const& client;
        ~departure() { std::erase(server.open_, client); }
    } const departs{*this, client};

    boost::beast::flat_buffer buffer(max_header_bytes);
    http::request_parser<http::empty_body> request;
    request.header_limit(max_header_bytes);
    request.body_limit(0);
    boost::system::error_code error;
    co_await http::async_read_header(client->socket, buffer, request, asio::redirect_error(asio::use_awaitable, error));
    auto answer = error ? refusal_of(error) : answer_to(request, pages_, options_.names);
    if (!answer)
        co_return;
    ++counts_.requests;
    counts_.refused += http::to_status_class(answer->status) == http::status_class::client_error;

    http::response<http::string_body> response(answer->status, 11);
    response.set(http::field::content_type, boost::beast::string_view(answer->type.data(), answer->type.size()));
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    if (answer->status == http::status::method_not_allowed)
        response.set(http::field::allow, "GET, HEAD");
    response.keep_alive(false);
    response.content_length(answer->text.size());
    if (error || request.get().method() != http::verb::head)
        response.body() = std::move(answer->text);
    co_await http::async_write(client->socket, response, asio::redirect_error(asio::use_awaitable, error));

    client->socket.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> unread;
    std::size_t drained = 0;
    while (!error && drained < max_drained_bytes)
        drained += co_await client->socket.async_read_some(asio::buffer(unread),
                                                           asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<void> admin_server::cut_off_overdue() {
    for (;;) {
        std::optional<steady_point> first; // named: g++ 12 mistakes a conditional expression in a co_await statement
        if (!open_.empty())
            first = open_.front()->deadline;
        co_await overdue_.until(first);
        while (!open_.empty() && open_.front()->deadline <= time_.now())
            cut_off_oldest();
    }
}

void admin_server::cut_off_oldest() {
    open_.front()->close();
    open_.pop_front();
    ++counts_.cut_off;
}

} // namespace rulehost
