#pragma once

#include "async/interruptible_sleep.hpp"
#include "time/steady_time.hpp"

#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

struct admin_options {
    enum class reach { this_machine, network };

    std::string address = "127.0.0.1:0"; ///< `ADDRESS:PORT`, `[ADDRESS]:PORT` or `localhost:PORT`; 0: a free port
    reach reachable_from = reach::this_machine; ///< `this_machine` rejects an address that others can reach
    /// Allowed names in `Host`, besides `localhost` and addresses. Protects against DNS rebinding.
    std::vector<std::string> names;
    duration time_limit = std::chrono::seconds{10}; ///< for a connection, from its beginning to its end
    std::size_t max_connections = 64;               ///< one more, and the oldest is closed
};

/// The endpoint to listen on. Throws std::invalid_argument for a malformed address, or one reachable from further away
/// than allowed.
boost::asio::ip::tcp::endpoint admin_endpoint(admin_options const& options);

/// Content of the endpoint; called for each request, on the server's executor. An exception gives a 500.
struct admin_pages {
    std::function<std::vector<std::string>()> missing_for_readiness; ///< reasons not to send work here; empty: ready
    std::function<std::string()> metrics;                            ///< in the form of `metrics_text`
};

/// A small HTTP endpoint for probes and scrapers: `/healthz`, `/readyz`, `/metrics`, and `/` that lists them. GET and
/// HEAD, without a body, one request a connection. Slow, large or malformed requests are rejected or closed.
///
/// Used on one executor.
class admin_server {
public:
    struct statistics {
        std::uint64_t accepted = 0; ///< connections
        std::uint64_t requests = 0; ///< answered, with any status
        std::uint64_t refused = 0;  ///< of them: malformed, too large or unsupported
        std::uint64_t cut_off = 0;  ///< connections closed for time or number
    };

    /// Listens. Throws what `admin_endpoint` throws, and boost::system::system_error if it cannot listen. `time`
    /// outlives the server.
    admin_server(boost::asio::any_io_executor executor, time_source& time, admin_options options, admin_pages pages);
    admin_server(admin_server const&) = delete;
    admin_server& operator=(admin_server const&) = delete;
    ~admin_server();

    /// Answers until it is cancelled; then every connection is closed. Call it once.
    boost::asio::awaitable<void> run();

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    statistics const& counts() const { return counts_; }

private:
    struct connection;

    boost::asio::awaitable<void> accept();
    void admit(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> serve(std::shared_ptr<connection> client);
    boost::asio::awaitable<void> cut_off_overdue();
    void cut_off_oldest();

    steady_time time_;
    admin_options options_;
    admin_pages pages_;
    std::function<void(std::string const&)> count_cut_off_; ///< of a connection that failed
    boost::asio::ip::tcp::acceptor acceptor_;
    std::deque<std::shared_ptr<connection>> open_; ///< oldest first
    interruptible_sleep overdue_;
    statistics counts_;
    task_group tasks_;
};

} // namespace rulehost
