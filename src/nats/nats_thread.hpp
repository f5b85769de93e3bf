#pragma once

#include "async/backoff.hpp"
#include "nats/nats_address.hpp"
#include "nats/nats_connection.hpp"

#include <rulehost/time_point.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <nats/nats.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace rulehost {

/// A subject prefix of our own on the broker. Throws nats_error.
std::string make_inbox_prefix();

/// The side of the client library: one thread that connects and sends, and the callbacks of the library's threads. The
/// executor takes notices from it; requests to it never block. A thread that does not end keeps its object alive.
class nats_thread : public std::enable_shared_from_this<nats_thread> {
public:
    // Requests of the executor to the thread.
    struct subscribe_command {
        std::uint64_t inbox;
        std::string subject;
    };
    struct unsubscribe_command {
        std::uint64_t inbox;
    };
    struct send_command {
        std::vector<nats_message> messages;
    };
    struct command {
        std::uint64_t link; ///< the link it is meant for
        std::variant<subscribe_command, unsubscribe_command, send_command> what;
    };

    // Notices of the thread to the executor.
    struct arrived {
        std::uint64_t inbox;
        nats_message message;
    };
    struct link_up {
        std::uint64_t link;
        std::uint64_t max_payload;
    };
    struct link_down {};
    struct log_line {
        std::string text;
    };
    using occurrence = std::variant<arrived, link_up, link_down, log_line>;

    nats_thread(boost::asio::any_io_executor executor, nats_options options, std::string inbox_prefix);

    /// `drain` is posted to the executor when there is something to take.
    void start(std::function<void()> drain);

    /// The thread begins to end; the executor is told when it has.
    void finish();
    bool has_ended() const;

    /// Nothing is posted any more when it returns.
    void stop();
    void enqueue(command given);

    /// Ends the link, if it is still the present one: the executor cannot use it.
    void give_up(std::uint64_t link);

    /// Notices since the last call.
    std::vector<occurrence> take();

    /// Whether a thread of a destroyed connection still runs.
    static bool is_any_left();

private:
    /// A subscription's share of the library. It goes when the library is done with it, which may be at any moment.
    struct subscription {
        nats_thread* owner;
        std::uint64_t inbox;
    };
    void run();

    /// Connects, and serves the link to its end. Whether there was one. Throws std::bad_alloc without a link.
    bool try_server(std::string const& url);
    void end();
    bool is_stopping() const;
    bool is_given_up() const;

    /// False when it is time to end.
    bool wait(duration length);

    natsConnection* connect(nats_address const& server, std::string& problem);

    template <class Set>
    void set_account(natsOptions* raw, nats_address const& server, Set const& set) const;

    template <class Set>
    void set_tls(natsOptions* raw, nats_address const& server, Set const& set) const;

    /// Sends what is asked until the link is gone or it is time to end. Returns why it is gone. Throws std::bad_alloc.
    std::string serve(natsConnection* connection, nats_address const& server);

    /// Ends the link and tells of it. Needs no memory that cannot be waited for.
    void disconnect(natsConnection* connection);

    /// None when the link is gone or it is time to end.
    std::optional<command> await_command();
    natsStatus execute(natsConnection* connection, subscribe_command const& what);
    natsStatus execute(natsConnection*, unsubscribe_command const& what);
    natsStatus execute(natsConnection* connection, send_command const& what);
    static natsStatus send(natsConnection* connection, nats_message const& message);

    /// Answers in the place of the server.
    void refuse(nats_message const& message, std::string why);
    void report(occurrence what);

    /// Under the lock.
    void post_drain();
    static void on_message(natsConnection*, natsSubscription*, natsMsg* raw, void* closure);
    static arrived message_of(natsMsg* raw, std::uint64_t inbox);
    static void on_complete(void* closure);
    static void on_closed(natsConnection*, void* closure);
    static void on_error(natsConnection*, natsSubscription*, natsStatus status, void* closure);

    nats_options const options_;
    std::string const inbox_prefix_;
    std::thread thread_;
    backoff pauses_;                                           ///< of the thread, as are
    bool failure_logged_ = false;                              ///< that there is no link
    std::uint64_t link_ = 0;                                   ///< the present link, and
    std::map<std::uint64_t, natsSubscription*> subscriptions_; ///< its subscriptions

    mutable std::mutex mutex_; ///< for all below
    std::condition_variable changed_;
    boost::asio::any_io_executor executor_;
    std::function<void()> drain_;
    std::deque<command> commands_;
    std::vector<occurrence> occurrences_;
    bool posted_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    bool left_ = false; ///< nobody will join the thread
    bool closed_ = false;
    std::uint64_t given_up_ = 0; ///< the link that the executor cannot use
    std::size_t live_subscriptions_ = 0;
};

} // namespace rulehost
