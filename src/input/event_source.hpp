#pragma once

#include "event/input_position.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Lines of one input in order, with their memory. Move-only.
class event_batch {
public:
    struct line {
        std::uint64_t number = 0;   ///< for a person: 1-based line of a file, sequence of a stream
        std::string_view text;      ///< without its line break
        std::string_view topic;     ///< topic; empty if the input has none
        std::string_view problem;   ///< why it cannot be an event, regardless of its text; empty: none
        std::uint64_t sequence = 0; ///< of the line in the input, the same on every read
        bool truncated = false;     ///< the line was too long and was shortened
    };

    event_batch() = default;
    event_batch(event_batch&&) noexcept = default;
    event_batch& operator=(event_batch&&) noexcept = default;
    event_batch(event_batch const&) = delete;
    event_batch& operator=(event_batch const&) = delete;

    std::uint64_t number = 0; ///< counts the batches of its source, from 1
    std::vector<char> memory; ///< memory of the lines; never resized once they point into it
    std::vector<line> lines;
    std::optional<input_position> position; ///< after the last line; empty if the producer or broker keeps it
    std::uint64_t bytes = 0;                ///< bytes read for it
};

/// An input of events: standard input, a file, a socket, a stream of a broker.
///
/// Owned by the host; used on its executor. `next` is called by one coroutine at a time and gives backpressure: without
/// a call nothing is read. Any number of batches may be unacknowledged.
class event_source {
public:
    event_source() = default;
    event_source(event_source const&) = delete;
    event_source& operator=(event_source const&) = delete;
    virtual ~event_source() = default;

    /// As configured, for logs, metrics and error messages.
    virtual std::string const& name() const = 0;

    /// Name of the input, the same in every process that reads it.
    virtual std::string const& identity() const { return name(); }

    /// Waits for the next lines; empty once the input has ended, or after `stop` when all lines read were returned.
    /// Throws std::exception if the input failed permanently; waits out temporary failures, such as a broker that
    /// restarts. Cancellation ends it with `operation_aborted`.
    virtual boost::asio::awaitable<std::optional<event_batch>> next() = 0;

    /// Marks batch `number` and all before it as durable; called once per batch, in order. Never waits, never throws;
    /// `run` sends the acknowledgements.
    virtual void acknowledge(std::uint64_t number) noexcept = 0;

    /// Runs beside `next` (accepts producers, sends acknowledgements) until it is cancelled or, after `stop`, every
    /// acknowledgement was sent.
    virtual boost::asio::awaitable<void> run() = 0;

    /// Why nothing can be read now, for a person ("Permission denied"); empty: it can.
    virtual std::string const& obstacle() const {
        static std::string const none;
        return none;
    }

    /// Stops reading; `next` ends once all lines read were returned.
    virtual void stop() = 0;
};

} // namespace rulehost
