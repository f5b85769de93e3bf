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

/// A unique subject prefix on the broker. Throws nats_error.
std::string make_inbox_prefix();

/// The client library's side: a thread that connects and sends, and the callbacks of the library's threads. The
/// executor takes its notices; requests to it never block. A thread that does not end keeps its object alive.
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

    /// Posts `drain` to the executor when there are notices.
    void start(std::function<void()> drain);

    /// Requests the thread to end; the executor is notified when it has.
    void finish();
    bool has_ended() const;

    /// Nothing is posted after it returns.
    void stop();
    void enqueue(command given);

    /// Ends `link` if it is still current: the executor cannot use it.
    void give_up(std::uint64_t link);

    /// Notices since the last call.
    std::vector<occurrence> take();

    /// Whether a thread of a destroyed connection still runs.
    static bool is_any_left();

private:
    /// State of a subscription for the library, which destroys it at any moment once it is done.
    struct subscription {
        nats_thread* owner;
        std::uint64_t inbox;
    };
    void run();

    /// Connects and serves the link to its end. Returns whether it connected. Throws std::bad_alloc without a link.
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

    /// Sends requests until the link is lost or it is time to end. Returns the reason of the loss. Throws
    /// std::bad_alloc.
    std::string serve(natsConnection* connection, nats_address const& server);

    /// Ends the link and reports it. Waits for memory if it runs out.
    void disconnect(natsConnection* connection);

    /// Empty if the link is lost or it is time to end.
    std::optional<command> await_command();
    natsStatus execute(natsConnection* connection, subscribe_command const& what);
    natsStatus execute(natsConnection*, unsubscribe_command const& what);
    natsStatus execute(natsConnection* connection, send_command const& what);
    static natsStatus send(natsConnection* connection, nats_message const& message);

    /// Answers in place of the server.
    void refuse(nats_message const& message, std::string why);
    void report(occurrence what);

    /// Called under the lock.
    void post_drain();
    static void on_message(natsConnection*, natsSubscription*, natsMsg* raw, void* closure);
    static arrived message_of(natsMsg* raw, std::uint64_t inbox);
    static void on_complete(void* closure);
    static void on_closed(natsConnection*, void* closure);
    static void on_error(natsConnection*, natsSubscription*, natsStatus status, void* closure);

    nats_options const options_;
    std::string const inbox_prefix_;
    std::thread thread_;
    // Used on the thread only:
    backoff pauses_;                                           ///< between attempts to connect
    bool failure_logged_ = false;                              ///< the missing link was logged
    std::uint64_t link_ = 0;                                   ///< number of the present link; 0: none
    std::map<std::uint64_t, natsSubscription*> subscriptions_; ///< of the present link, by inbox

    mutable std::mutex mutex_; ///< for all below
    std::condition_variable changed_;
    boost::asio::any_io_executor executor_;
    std::function<void()> drain_;
    std::deque<command> commands_;
    std::vector<occurrence> occurrences_;
    bool posted_ = false;
    bool stopping_ = false;
    bool ended_ = false;
    bool left_ = false; ///< the thread will not be joined
    bool closed_ = false;
    std::uint64_t given_up_ = 0; ///< the link that the executor cannot use
    std::size_t live_subscriptions_ = 0;
};

} // namespace rulehost
