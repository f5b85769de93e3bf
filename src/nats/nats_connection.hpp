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

/// Servers and credentials.
struct nats_options {
    /// `nats://[user:password@|token@]host[:port]`, or `tls://`; tried in turn. A URL overrides the members below.
    std::vector<std::string> servers;
    std::string name = "rulehost"; ///< client name in the server's lists
    std::string user;
    std::string password;
    std::string token;
    std::string credentials; ///< file with a JWT and its seed (`.creds`)
    std::string ca_file;     ///< trusted authorities; any of the three files enables TLS
    std::string certificate_file;
    std::string key_file;
    std::function<void(std::string const&)> log; ///< called with one line when the connection is lost or established
    std::function<double()> random; ///< of [0, 1), for the pauses between attempts, on any thread; empty: the system's
};

/// One message, either way.
struct nats_message {
    std::string subject;
    std::string reply; ///< subject for the answer; empty: none
    std::string payload;
    std::vector<std::pair<std::string, std::string>> headers; ///< only of sent messages
    int status = 0;          ///< of the server's own answers: 503 no responders, 404 no messages, 408 time is over ...
    std::string description; ///< goes with `status`
};

/// The server is away, rejects the request, or does not answer.
class nats_error : public std::runtime_error {
public:
    explicit nats_error(std::string const& what, int code = 0) : std::runtime_error(what), code_(code) {}
    /// JetStream's `err_code`, such as 10059 for a missing stream; 0: not from JetStream.
    int code() const { return code_; }

private:
    int code_;
};

class nats_connection;

/// A private subject for answers that survives reconnects. Move-only; destroying it unsubscribes. It must not outlive
/// its connection.
class nats_inbox {
public:
    nats_inbox() = default;
    nats_inbox(nats_inbox&& other) noexcept;
    nats_inbox& operator=(nats_inbox&& other) noexcept;
    ~nats_inbox();

    /// Prefix of reply subjects: append one token (`subject() + ".17"`).
    std::string const& subject() const { return subject_; }

private:
    friend class nats_connection;
    nats_inbox(nats_connection& owner, std::uint64_t number, std::string subject)
        : owner_(&owner), number_(number), subject_(std::move(subject)) {}

    nats_connection* owner_ = nullptr;
    std::uint64_t number_ = 0;
    std::string subject_;
};

/// A connection to NATS that reconnects forever. The client library runs on its own threads; all callbacks run on the
/// executor, and no call here blocks. Messages sent while the link is down are dropped and never sent late: repeat a
/// request on the new link.
///
/// Owned by the application; used on its executor, which outlives it. Every waiter must have ended before it is
/// destroyed. Destroying it also closes the link, and waits at most 100 ms for that without a call of `close`: a thread
/// that has not ended by then ends later, and uses nothing of the application any more (`has_threads_left`).
class nats_connection {
public:
    static constexpr std::chrono::milliseconds default_timeout{5000};

    /// Starts to connect. Throws std::invalid_argument without a server.
    nats_connection(boost::asio::any_io_executor executor, nats_options options);
    nats_connection(nats_connection const&) = delete;
    nats_connection& operator=(nats_connection const&) = delete;
    ~nats_connection();

    /// Starts to close: sends earlier messages; later ones are dropped, and none arrives.
    void close();
    /// Returns when it is closed, or after `at_most`: the server may have stopped reading. Call `close` first.
    boost::asio::awaitable<void> closed(std::chrono::microseconds at_most);

    /// Whether a thread of a destroyed connection still runs in the client library. If so, end the process by `_Exit`,
    /// without static destructors. Safe from any thread.
    static bool has_threads_left();

    /// Number of the current link; 0: none. A new link has a new number.
    std::uint64_t link() const;

    /// Returns once there is a link. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> connected();

    /// Maximum payload of the server; 0 before the first link.
    std::uint64_t max_payload() const;

    /// Calls `received` for each message, and `link_changed` when the link goes down (answers to earlier requests are
    /// lost) or comes up. Either may end the inbox.
    nats_inbox open_inbox(std::function<void(nats_message)> received, std::function<void()> link_changed);

    /// Sends in the order of the calls. A message that the server would reject is answered with status 400.
    void send(std::vector<nats_message> messages);

    /// Sends `message` (and sets its `reply`) and returns the answer. Throws nats_error.
    boost::asio::awaitable<nats_message> request(nats_message message,
                                                 std::chrono::milliseconds timeout = default_timeout);

    /// Returns when the server has processed everything that was sent. Throws nats_error.
    boost::asio::awaitable<void> flush();

private:
    friend class nats_inbox;
    void close_inbox(std::uint64_t number);

    class front;
    std::shared_ptr<front> front_;
};

} // namespace rulehost
