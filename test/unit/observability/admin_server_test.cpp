#include "observability/admin_server.hpp"

#include "support/real_sockets.hpp"
#include "support/skewed_time.hpp"

#include <boost/asio/write.hpp>

#include <list>
#include <stdexcept>
#include <string>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct serving : test::real_sockets {
    serving() { start({}); }
    ~serving() { stop(); }

    void start(admin_options options) {
        admin_pages pages;
        pages.missing_for_readiness = [this] { return missing; };
        pages.metrics = [this] {
            if (broken)
                throw std::runtime_error("no metrics");
            return metrics;
        };
        server.emplace(loop.get_executor(), clock, options, pages);
        tasks.emplace(loop.get_executor());
        tasks->spawn("server", server->run());
        time.settle();
    }

    void stop() {
        tasks->cancel();
        run(tasks->join());
    }

    void restart(admin_options options) {
        stop();
        start(options);
    }

    std::string send(std::string request) { return exchange(server->port(), std::move(request)); }
    std::string get(std::string const& path) { return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"); }

    /// A connection that only sends explicit text.
    tcp::socket& connect() {
        auto& socket = clients.emplace_back(loop);
        auto const before = server->counts().accepted;
        socket.connect({asio::ip::address_v4::loopback(), server->port()});
        run_until([&] { return server->counts().accepted > before; });
        return socket;
    }

    /// Whether the server closed it.
    bool is_closed(tcp::socket& socket) {
        socket.non_blocking(true);
        char byte = 0;
        boost::system::error_code error;
        socket.read_some(asio::buffer(&byte, 1), error);
        return error != asio::error::would_block;
    }

    test::skewed_time clock{time};
    std::vector<std::string> missing;
    std::string metrics = "m 1\n";
    bool broken = false;
    std::optional<admin_server> server;
    std::optional<task_group> tasks;
    std::list<tcp::socket> clients;
};

std::string status_line(std::string const& answer) {
    return answer.substr(0, answer.find('\r'));
}

std::string body(std::string const& answer) {
    auto const end = answer.find("\r\n\r\n");
    return end == answer.npos ? "no header" : answer.substr(end + 4);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(admin_servers, serving)

BOOST_AUTO_TEST_CASE(every_page_of_the_index_answers) {
    auto const index = get("/");
    BOOST_TEST(status_line(index) == "HTTP/1.1 200 OK");
    for (std::string const page : {"/healthz", "/readyz", "/metrics"}) {
        BOOST_TEST(index.find(page) != index.npos);
        BOOST_TEST(status_line(get(page)) == "HTTP/1.1 200 OK");
    }
    BOOST_TEST(status_line(get("/absent")) == "HTTP/1.1 404 Not Found");
    BOOST_TEST(status_line(get("/healthz?verbose")) == "HTTP/1.1 200 OK");
}

BOOST_AUTO_TEST_CASE(metrics_have_the_format_of_prometheus) {
    auto const answer = get("/metrics");
    BOOST_TEST(body(answer) == "m 1\n");
    BOOST_TEST(answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") != answer.npos);
    BOOST_TEST(answer.find("Content-Length: 4\r\n") != answer.npos);
}

BOOST_AUTO_TEST_CASE(not_ready_says_every_reason_and_escapes_it) {
    missing = {"no rules yet", "stale \x1b[2J"};
    auto const answer = get("/readyz");
    BOOST_TEST(status_line(answer) == "HTTP/1.1 503 Service Unavailable");
    BOOST_TEST(body(answer) == "no rules yet\nstale \\x1b[2J\n");
    missing.clear();
    BOOST_TEST(body(get("/readyz")) == "ready\n");
}

BOOST_AUTO_TEST_CASE(head_is_a_get_without_the_body) {
    auto const answer = send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(status_line(answer) == "HTTP/1.1 200 OK");
    BOOST_TEST(answer.find("Content-Length: 4\r\n") != answer.npos);
    BOOST_TEST(body(answer) == "");
}

BOOST_AUTO_TEST_CASE(page_that_fails_is_an_error_of_that_page) {
    broken = true;
    BOOST_TEST(status_line(get("/metrics")) == "HTTP/1.1 500 Internal Server Error");
    BOOST_TEST(status_line(get("/healthz")) == "HTTP/1.1 200 OK");
}

BOOST_AUTO_TEST_CASE(other_methods_and_bodies_are_refused) {
    auto const post = send("POST /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(status_line(post) == "HTTP/1.1 405 Method Not Allowed");
    BOOST_TEST(post.find("Allow: GET, HEAD\r\n") != post.npos);
    BOOST_TEST(status_line(send("DELETE / HTTP/1.1\r\n\r\n")) == "HTTP/1.1 405 Method Not Allowed");
    BOOST_TEST(status_line(send("GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789")) ==
               "HTTP/1.1 413 Payload Too Large");
    BOOST_TEST(status_line(send("GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")) ==
               "HTTP/1.1 413 Payload Too Large");
    BOOST_TEST(status_line(send("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n")) ==
               "HTTP/1.1 413 Payload Too Large");
    BOOST_TEST(server->counts().refused == 5u);
}

BOOST_AUTO_TEST_CASE(host_that_is_not_ours_is_refused) {
    admin_options options;
    options.names = {"rulehost.monitoring.svc"};
    restart(options);
    auto const asked_as = [&](std::string const& host) {
        return status_line(send("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n"));
    };
    for (std::string const host : {"localhost", "LocalHost:9464", "127.0.0.1", "127.0.0.1:9464", "192.0.2.7", "[::1]",
                                   "[::1]:9464", "rulehost.monitoring.svc", "Rulehost.Monitoring.svc:80"})
        BOOST_TEST(asked_as(host) == "HTTP/1.1 200 OK", host);
    for (std::string const host :
         {"evil.example", "evil.example:9464", "localhost.evil.example", "127.0.0.1.evil.example", "monitoring.svc",
          "::1", "[localhost]", "[127.0.0.1]", "localhost:", "localhost:99999", "127.0.0.1@evil.example", "", "127.1"})
        BOOST_TEST(asked_as(host) == "HTTP/1.1 421 Misdirected Request", host);
    BOOST_TEST(server->counts().refused == 13u);
}

BOOST_AUTO_TEST_CASE(two_hosts_are_refused_and_none_is_not) {
    BOOST_TEST(status_line(send("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")) ==
               "HTTP/1.1 400 Bad Request");
    BOOST_TEST(status_line(send("GET / HTTP/1.0\r\n\r\n")) == "HTTP/1.1 200 OK");
}

BOOST_AUTO_TEST_CASE(malformed_requests_get_an_error) {
    for (std::string const request :
         {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
          "\x16\x03\x01\x02 hello\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
          "GET / HTTP/1.1\r\n a: folded first\r\n\r\n", "G\xff /\xff\r\n\r\n"})
        BOOST_TEST(status_line(send(request)) == "HTTP/1.1 400 Bad Request", request);
    BOOST_TEST(status_line(send(std::string("GET /\0 HTTP/1.1\r\n\r\n", 19))) == "HTTP/1.1 400 Bad Request");
    BOOST_TEST(status_line(get("/healthz")) == "HTTP/1.1 200 OK");
}

BOOST_AUTO_TEST_CASE(big_headers_are_refused) {
    auto const big = std::string(100'000, 'x');
    BOOST_TEST(status_line(send("GET / HTTP/1.1\r\nA: " + big + "\r\n\r\n")) ==
               "HTTP/1.1 431 Request Header Fields Too Large");
    BOOST_TEST(status_line(send("GET /" + big + " HTTP/1.1\r\n\r\n")) ==
               "HTTP/1.1 431 Request Header Fields Too Large");
    std::string many = "GET / HTTP/1.1\r\n";
    for (int line = 0; line < 3000; ++line)
        many += "a: b\r\n";
    BOOST_TEST(status_line(send(many + "\r\n")) == "HTTP/1.1 431 Request Header Fields Too Large");
}

BOOST_AUTO_TEST_CASE(request_that_was_cut_short_gets_no_answer) {
    auto& socket = connect();
    asio::write(socket, asio::buffer(std::string("GET / HT")));
    socket.close();
    BOOST_TEST(status_line(get("/healthz")) == "HTTP/1.1 200 OK");
    BOOST_TEST(server->counts().requests == 1u);
}

BOOST_AUTO_TEST_CASE(second_request_of_a_connection_is_not_answered) {
    std::string const request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    BOOST_TEST(body(send(request + request)) == "ok\n");
}

BOOST_AUTO_TEST_CASE(client_that_drips_is_cut_off_at_the_time_limit) {
    auto& socket = connect();
    for (char const byte : std::string("GET / HTT")) {
        asio::write(socket, asio::buffer(&byte, 1));
        time.advance(std::chrono::seconds{1});
        BOOST_TEST(!is_closed(socket));
    }
    time.advance(std::chrono::seconds{1});
    BOOST_TEST(is_closed(socket));
    BOOST_TEST(server->counts().cut_off == 1u);
}

BOOST_AUTO_TEST_CASE(client_is_cut_off_in_time_regardless_of_the_clock) {
    auto& before = connect();
    clock.error = -std::chrono::hours{1};
    auto& after = connect();
    time.advance(std::chrono::seconds{9});
    BOOST_TEST(!is_closed(before));
    BOOST_TEST(!is_closed(after));
    time.advance(std::chrono::seconds{1});
    BOOST_TEST(is_closed(before));
    BOOST_TEST(is_closed(after));
}

BOOST_AUTO_TEST_CASE(client_that_does_not_read_its_answer_is_cut_off) {
    metrics = std::string(32 * 1024 * 1024, '#');
    auto& socket = connect();
    asio::write(socket, asio::buffer(std::string("GET /metrics HTTP/1.1\r\n\r\n")));
    run_until([&] { return server->counts().requests == 1; });
    time.advance(std::chrono::seconds{10});
    BOOST_TEST(server->counts().cut_off == 1u);
}

BOOST_AUTO_TEST_CASE(oldest_connection_makes_room_for_a_new_one) {
    admin_options options;
    options.max_connections = 3;
    restart(options);
    std::vector<tcp::socket*> idle;
    for (int client = 0; client < 3; ++client)
        idle.push_back(&connect());
    BOOST_TEST(status_line(get("/healthz")) == "HTTP/1.1 200 OK");
    BOOST_TEST(is_closed(*idle[0]));
    BOOST_TEST(!is_closed(*idle[1]));
    BOOST_TEST(!is_closed(*idle[2]));
}

BOOST_AUTO_TEST_CASE(stop_closes_what_is_open) {
    auto& socket = connect();
    stop();
    BOOST_TEST(is_closed(socket));
    start({});
}

BOOST_AUTO_TEST_CASE(addresses_that_others_reach_need_an_option) {
    admin_options options;
    for (std::string const address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:80"}) {
        options.address = address;
        BOOST_CHECK_THROW(admin_server(loop.get_executor(), time, options, {}), std::invalid_argument);
    }
    options.reachable_from = admin_options::reach::network;
    options.address = "0.0.0.0:0";
    BOOST_CHECK_NO_THROW(admin_server(loop.get_executor(), time, options, {}));
}

BOOST_AUTO_TEST_CASE(addresses_that_are_none_are_refused) {
    admin_options options;
    for (std::string const address :
         {"", ":", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80",
          "[127.0.0.1]:80", "[]:80", "example.org:80", "127.0.0.1:80 "}) {
        options.address = address;
        BOOST_CHECK_THROW(admin_server(loop.get_executor(), time, options, {}), std::invalid_argument);
    }
    options.address = "localhost:0";
    BOOST_CHECK_NO_THROW(admin_server(loop.get_executor(), time, options, {}));
}

BOOST_AUTO_TEST_CASE(taken_port_is_an_error_at_once) {
    admin_options options;
    options.address = "127.0.0.1:" + std::to_string(server->port());
    BOOST_CHECK_THROW(admin_server(loop.get_executor(), time, options, {}), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
