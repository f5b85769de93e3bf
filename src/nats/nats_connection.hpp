#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Where and as whom to connect.
struct nats_options {
    /// `nats://[user:password@|token@]host[:port]`, or `tls://`; tried in turn. What a URL has wins over what follows.
    std::vector<std::string> servers;
    std::string name = "rulehost"; ///< our name in the server's lists
    std::string user;
    std::string password;
    std::string token;
    std::string credentials; ///< file with a JWT and its seed (`.creds`)
    std::string ca_file;     ///< authorities that are trusted; any of the three files turns TLS on
    std::string certificate_file;
    std::string key_file;
    std::function<void(std::string const&)> log; ///< told when the connection comes and goes, one line each
    std::function<double()> random; ///< of [0, 1), for the pauses between attempts, on any thread; empty: the system's
};

/// One message, either way.
struct nats_message {
    std::string subject;
    std::string reply; ///< where an answer goes; empty: nowhere
    std::string payload;
    std::vector<std::pair<std::string, std::string>> headers; ///< only of messages that are sent
    int status = 0; ///< of what the server itself answers: 503 nobody listens, 404 no messages, 408 time is over ...
    std::string description; ///< goes with `status`
};

/// The server is away, refuses, or does not answer.
class nats_error : public std::runtime_error {
public:
    explicit nats_error(std::string const& what, int code = 0) : std::runtime_error(what), code_(code) {}
    /// JetStream's `err_code`, such as 10059 for a stream that is not there; 0: not JetStream's.
    int code() const { return code_; }

private:
    int code_;
};

class nats_connection;

/// A subject of our own on which answers arrive, across reconnects. Move-only; destroying it ends it. It must not
/// outlive its connection.
class nats_inbox {
public:
    nats_inbox() = default;
    nats_inbox(nats_inbox&& other) noexcept;
    nats_inbox& operator=(nats_inbox&& other) noexcept;
    ~nats_inbox();

    /// Give this, one token appended (`subject() + ".17"`), as the reply.
    std::string const& subject() const { return subject_; }

private:
    friend class nats_connection;
    nats_inbox(nats_connection& owner, std::uint64_t number, std::string subject)
        : owner_(&owner), number_(number), subject_(std::move(subject)) {}

    nats_connection* owner_ = nullptr;
    std::uint64_t number_ = 0;
    std::string subject_;
};

/// A connection to NATS that comes back for ever. The client library runs on threads of its own; everything arrives
/// on the executor, and no call here blocks. What is sent while the link is down is dropped and never sent late:
/// whoever needs an answer asks again on the new link.
///
/// Owned by the application; used on its executor, which outlives it. Whoever waits in it must have ended before it is
/// destroyed. Destroying it closes the link too, and waits for that at most 100 ms where nobody called `close`: a
/// thread that has not ended by then ends by itself, and uses nothing of the application any more (`has_threads_left`).
class nats_connection {
public:
    static constexpr std::chrono::milliseconds default_timeout{5000};

    /// Begins to connect. Throws std::invalid_argument without a server.
    nats_connection(boost::asio::any_io_executor executor, nats_options options);
    nats_connection(nats_connection const&) = delete;
    nats_connection& operator=(nats_connection const&) = delete;
    ~nats_connection();

    /// Begins to close: what was sent before goes out. No more is sent, and nothing arrives.
    void close();
    /// Returns when it is closed, or after `at_most`: a server may take nothing more. Call `close` before.
    boost::asio::awaitable<void> closed(std::chrono::microseconds at_most);

    /// Whether a thread of a destroyed connection still runs in the client library. The process must not run its static
    /// destructors then: it ends by `_Exit`. Safe from any thread.
    static bool has_threads_left();

    /// The number of the present link; 0: there is none. A new link has a new number.
    std::uint64_t link() const;

    /// Returns as soon as there is a link. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> connected();

    /// The largest payload that the server takes; 0 before the first link.
    std::uint64_t max_payload() const;

    /// `received` is called for each message, `link_changed` whenever the link has gone down (answers to what was asked
    /// before do not come any more) or come up. Either may end the inbox.
    nats_inbox open_inbox(std::function<void(nats_message)> received, std::function<void()> link_changed);

    /// Sends in the order of the calls. A message that the server would not take is answered with status 400.
    void send(std::vector<nats_message> messages);

    /// The answer to `message` (its `reply` is set here). Throws nats_error.
    boost::asio::awaitable<nats_message> request(nats_message message,
                                                 std::chrono::milliseconds timeout = default_timeout);

    /// Returns when the server has taken in everything that was sent. Throws nats_error.
    boost::asio::awaitable<void> flush();

private:
    friend class nats_inbox;
    void close_inbox(std::uint64_t number);

    class front;
    std::shared_ptr<front> front_;
};

} // namespace rulehost
