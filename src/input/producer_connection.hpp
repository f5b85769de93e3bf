#pragma once

#include "async/interruptible_sleep.hpp"
#include "event/line_framer.hpp"
#include "input/batch_builder.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <functional>

namespace rulehost {

/// A producer on a UNIX socket: reads its lines as batches, one at a time, and acknowledges durable lines. Used on one
/// executor.
class producer_connection {
public:
    producer_connection(boost::asio::local::stream_protocol::socket socket, time_source& time)
        : socket_(std::move(socket)), taken_(time), progress_(time) {}

    /// Reads until the producer ends its side, fails or `stop` is called. Calls `offer` when there is a batch to
    /// `take`, and continues once it was taken.
    boost::asio::awaitable<void> read(std::function<void()> offer);
    /// Sends acknowledgements until reading has ended and every line is acknowledged, or the producer is gone.
    boost::asio::awaitable<void> acknowledge();

    event_batch take(std::uint64_t number);
    /// Number of lines taken.
    std::uint64_t lines() const { return taken_lines_; }
    /// Sets the number of durable lines.
    void set_durable(std::uint64_t lines);

    /// Ends reading; still offers complete lines.
    void stop();

private:
    boost::asio::local::stream_protocol::socket socket_;
    interruptible_sleep taken_;    ///< interrupted when the batch was taken
    interruptible_sleep progress_; ///< interrupted when there may be something to acknowledge
    line_framer framer_;
    batch_builder builder_;
    std::uint64_t taken_lines_ = 0;
    std::uint64_t durable_ = 0;
    bool stopped_ = false;
    bool read_ended_ = false;
};

} // namespace rulehost
