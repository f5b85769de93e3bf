#pragma once

#include "event/input_position.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Lines of one input in their order, with the memory they stand in. Move-only.
class event_batch {
public:
    struct line {
        std::uint64_t number = 0;   ///< where it stands, for a person: 1-based line of a file, sequence of a stream
        std::string_view text;      ///< without its line break
        std::string_view topic;     ///< its topic; empty where the input has none
        std::string_view problem;   ///< why it cannot be an event, whatever it says; empty: none
        std::uint64_t sequence = 0; ///< of the line in the input, the same whenever it is read
        bool truncated = false;     ///< it was longer than a line may be: what is left of it
    };

    event_batch() = default;
    event_batch(event_batch&&) noexcept = default;
    event_batch& operator=(event_batch&&) noexcept = default;
    event_batch(event_batch const&) = delete;
    event_batch& operator=(event_batch const&) = delete;

    std::uint64_t number = 0; ///< counts the batches of its source, from 1
    std::vector<char> memory; ///< memory of the lines; never resized once they point into it
    std::vector<line> lines;
    std::optional<input_position> position; ///< after the last line; empty where the other end remembers it
    std::uint64_t bytes = 0;                ///< how much was read for it
};

/// Where events come from: standard input, a file, a socket, a stream of a broker.
///
/// Owned by the host; used on its executor. `next` is called by one coroutine at a time and is the backpressure: what
/// is not asked for is not read. Any number of batches may be on their way before they are acknowledged.
class event_source {
public:
    event_source() = default;
    event_source(event_source const&) = delete;
    event_source& operator=(event_source const&) = delete;
    virtual ~event_source() = default;

    /// As configured, for logs, metrics and error messages.
    virtual std::string const& name() const = 0;

    /// Name that is the same in every process that reads this input.
    virtual std::string const& identity() const { return name(); }

    /// The next lines, as soon as there are any; empty when the input has ended or `stop` was called and everything
    /// that was read has been handed out. Throws std::exception when the input failed for good; what comes and goes
    /// (a broker that restarts) is waited for inside. Cancellation ends it with `operation_aborted`.
    virtual boost::asio::awaitable<std::optional<event_batch>> next() = 0;

    /// Everything that came of batch `number` is durable, and so is everything before it: called once per batch, in
    /// order. Never waits, never throws; what has to be sent is sent by `run`.
    virtual void acknowledge(std::uint64_t number) noexcept = 0;

    /// Runs beside `next` (accepting producers, sending acknowledgements), until it is cancelled or, after
    /// `stop`, everything acknowledged was sent.
    virtual boost::asio::awaitable<void> run() = 0;

    /// Why nothing can be read at present, for a person ("Permission denied"); empty: it can.
    virtual std::string const& obstacle() const {
        static std::string const none;
        return none;
    }

    /// No more reading: `next` ends once what was read is handed out.
    virtual void stop() = 0;
};

} // namespace rulehost
