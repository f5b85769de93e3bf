#pragma once

#include "async/interruptible_sleep.hpp"
#include "nats/jetstream.hpp"
#include "nats/nats_connection.hpp"
#include "nats/pull_loop.hpp"
#include "text/failure_log.hpp"
#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

struct nats_consumer_options {
    enum class sharing {
        shared,    ///< other workers pull from the consumer at the same time
        exclusive, ///< no other worker does; messages are returned in the order of the stream
    };

    std::string stream;
    std::string durable;
    std::string filter;                         ///< subjects, for a consumer created here; empty: the whole stream
    std::chrono::milliseconds ack_wait{30'000}; ///< until a message of a lost worker goes to another; as `filter`
    std::size_t max_pending = 500'000;          ///< unacknowledged messages of all workers; as `filter`
    std::size_t fetch = 1000;                   ///< messages per pull
    std::size_t max_unacknowledged = 20'000;    ///< messages that this process has taken
    sharing with_others = sharing::shared;
    std::function<void(std::string const&)> log; ///< called with one line when reading stops and resumes
};

/// A message of a stream.
struct stream_message {
    stream_place place;
    std::string subject;
    std::string payload;
};

/// A durable pull consumer of a JetStream stream, created if missing. A taken message is withheld from other workers
/// (`+WPI`) until it is acknowledged, without a time limit, or this process ends. If the consumer was deleted, alone or
/// with its stream, its replacement is read from the front.
///
/// Used on the executor of the connection, which outlives it, as does the time source.
class nats_consumer {
public:
    /// Calls `arrived` when `take` has new messages, or at the end.
    nats_consumer(nats_connection& connection, time_source& time, nats_consumer_options options,
                  std::function<void()> arrived);
    nats_consumer(nats_consumer const&) = delete;
    nats_consumer& operator=(nats_consumer const&) = delete;

    /// The messages waiting to be taken.
    std::deque<stream_message> const& waiting() const { return buffer_; }
    /// Size of the next group: at most `most` messages of at most `max_bytes` together (always at least one).
    std::size_t count_next(std::size_t most, std::size_t max_bytes) const;
    /// Takes the first `count` messages.
    void take(std::size_t count) noexcept;
    bool is_empty() const { return buffer_.empty(); }

    /// Acknowledges messages whose tags are durable. Ignores messages that are not held (any more).
    void acknowledge(std::vector<stream_place> const& places) noexcept;

    /// Pulls until it is cancelled or, after `stop` or `abandon`, every taken message is acknowledged. Waits for a
    /// missing server or stream. Throws only on cancellation.
    boost::asio::awaitable<void> run();

    /// Stops pulling; messages in flight still arrive.
    void stop();
    /// Discards messages that were not taken: another worker reads on.
    void abandon();
    /// After `stop`: no more messages arrive.
    bool is_ended() const { return state_ != state::reading && !loop_.pull(); }

private:
    enum class state { reading, stopping, abandoned };

    void discard_recovered();
    void received(nats_message message);
    void received_status(nats_message const& message);
    void link_changed();
    void end_pull();
    void begin_pull(std::size_t batch);
    void send_acknowledgements();
    pull_loop::view view() const;
    void keep_from_others();
    void trouble(std::string const& what);
    void note(std::string const& problem);
    /// Executes the step; false: it was the last one.
    boost::asio::awaitable<bool> execute(pull_loop::step step);
    boost::asio::awaitable<void> finish();
    void log(std::string const& what) const;

    boost::asio::awaitable<void> prepare();
    boost::asio::awaitable<std::uint64_t> look_at_consumer();
    boost::asio::awaitable<boost::json::object> create_consumer();
    void notice_anew(boost::json::object const& info);
    boost::asio::awaitable<void> recover();

    nats_connection& connection_;
    steady_time time_;
    nats_consumer_options const options_;
    std::function<void()> arrived_;
    interruptible_sleep wake_;
    state state_ = state::reading;

    pull_loop loop_;
    failure_log failures_{{.after = "; retrying", .works = "reading again"}};

    std::chrono::milliseconds ack_wait_; ///< as the consumer is configured
    std::string created_;                ///< creation time of the consumer, as the server spells it
    std::uint64_t max_bytes_ = 0;        ///< to a pull
    bool recovering_ = false;            ///< messages are held back until the gap is filled

    std::map<stream_place, stream_message> recovered_;
    std::deque<stream_message> buffer_;
    std::size_t buffered_bytes_ = 0;
    std::map<stream_place, std::string> held_; ///< acknowledgement subject of each unacknowledged message
    std::uint64_t last_taken_ = 0;
    std::uint64_t first_dropped_ =
        std::numeric_limits<std::uint64_t>::max(); ///< when memory ran out; from there on none is a duplicate
    std::multimap<stream_place, std::string>
        done_; ///< of those, to be acknowledged next; takes over their nodes, so that it needs no memory

    nats_inbox inbox_;
};

} // namespace rulehost
