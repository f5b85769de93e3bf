#pragma once

#include "async/interruptible_sleep.hpp"
#include "nats/nats_connection.hpp"
#include "nats/pull_loop.hpp"
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
        exclusive, ///< nobody else does; messages are handed out in the order of the stream
    };

    std::string stream;
    std::string durable;
    std::string filter; ///< subjects, of a consumer that is made here; empty: all of the stream
    std::chrono::milliseconds ack_wait{
        30'000};                             ///< until a message of a worker that vanished goes to another; as `filter`
    std::size_t max_pending = 500'000;       ///< unacknowledged messages of all workers; as `filter`
    std::size_t fetch = 1000;                ///< messages to a pull
    std::size_t max_unacknowledged = 20'000; ///< messages that this process has taken
    sharing with_others = sharing::shared;
    std::function<void(std::string const&)> log; ///< told when reading stops and goes on, one line each
};

/// A message of a stream.
struct stream_message {
    std::uint64_t sequence = 0;
    std::string subject;
    std::string payload;
};

/// A durable pull consumer of a JetStream stream, made where it is missing. A message that was taken is kept from other
/// workers (`+WPI`) until it is acknowledged, however long that takes, or this process is gone. Of a consumer that was
/// deleted, alone or with its stream, the one that is made in its place is read from the front.
///
/// Used on the executor of the connection, which outlives it, as does the time source.
class nats_consumer {
public:
    /// `arrived` is called when `take` has something new, or the end has come.
    nats_consumer(nats_connection& connection, time_source& time, nats_consumer_options options,
                  std::function<void()> arrived);
    nats_consumer(nats_consumer const&) = delete;
    nats_consumer& operator=(nats_consumer const&) = delete;

    /// The messages that wait to be taken.
    std::deque<stream_message> const& waiting() const { return buffer_; }
    /// How many of them come next: at most `most` of at most `max_bytes` together (one is always given).
    std::size_t count_next(std::size_t most, std::size_t max_bytes) const;
    /// Takes the first `count` of them.
    void take(std::size_t count) noexcept;
    bool is_empty() const { return buffer_.empty(); }

    /// Their work is durable. Messages that are not held (any more) are passed over.
    void acknowledge(std::vector<std::uint64_t> const& sequences) noexcept;

    /// Pulls, until it is cancelled or, after `stop` or `abandon`, everything that was taken is acknowledged. Waits for
    /// whatever is missing: the server, the stream. Throws nothing else than cancellation.
    boost::asio::awaitable<void> run();

    /// Pulls no more; what is on its way still arrives.
    void stop();
    /// Somebody else reads on: what was not taken is forgotten.
    void abandon();
    /// After `stop`: nothing more arrives.
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
    /// Carries the step out; false: it was the last one.
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
    bool reported_trouble_ = false;

    std::chrono::milliseconds ack_wait_; ///< as the consumer has it
    std::string created_;                ///< when the consumer was made, as the server says it
    std::uint64_t max_bytes_ = 0;        ///< to a pull
    bool recovering_ = false;            ///< messages are held back until the gap is filled

    std::map<std::uint64_t, stream_message> recovered_;
    std::deque<stream_message> buffer_;
    std::size_t buffered_bytes_ = 0;
    std::map<std::uint64_t, std::string> held_; ///< how each unacknowledged message is acknowledged
    std::uint64_t last_taken_ = 0;
    std::uint64_t first_dropped_ =
        std::numeric_limits<std::uint64_t>::max(); ///< for want of memory; from there on none is a duplicate
    std::multimap<std::uint64_t, std::string>
        done_; ///< of those, what is acknowledged next; takes their nodes, so that it needs no memory

    nats_inbox inbox_;
};

} // namespace rulehost
