#pragma once

#include "async/interruptible_sleep.hpp"
#include "file/file_descriptor.hpp"
#include "input/event_source.hpp"
#include "input/producer_connection.hpp"
#include "time/steady_time.hpp"

#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

struct socket_source_options {
    std::filesystem::path path;
    unsigned permissions = 0660;
    std::size_t max_connections = 256;           ///< at once; a further one gets an error and is closed
    duration linger = std::chrono::seconds{1};   ///< how long `stop` waits for producers to take their acknowledgements
    std::function<void(std::string const&)> log; ///< one line each; may be empty
};

/// Lines of many producers over a UNIX stream socket. The server acknowledges durable lines, so that a producer need
/// not send them again: on every connection it writes a line `{"acknowledged": N}` whenever N grows, the number of
/// stored lines of this connection. A producer that ends its side of the connection gets the last one before the server
/// ends its own.
///
/// Producers take turns, one batch each. Memory per connection is one batch, one read and one partial line; a
/// connection whose batch was not taken is not read. A producer that does not read its acknowledgements delays nothing.
class socket_source final : public event_source {
public:
    /// Binds `path` and listens. Replaces a stale socket without a listener; leaves anything else alone. Throws
    /// std::system_error, std::runtime_error when another process listens.
    socket_source(boost::asio::any_io_executor executor, time_source& time, socket_source_options options);
    ~socket_source() override;

    std::string const& name() const override { return name_; }
    boost::asio::awaitable<std::optional<event_batch>> next() override;
    void acknowledge(std::uint64_t number) noexcept override;
    boost::asio::awaitable<void> run() override;
    void stop() override;

private:
    struct handed_out {
        std::shared_ptr<producer_connection> from;
        std::uint64_t lines = 0; ///< of this connection, up to the end of the batch
    };

    void listen();
    boost::asio::awaitable<void> accept(task_group& connections);
    void admit(boost::asio::local::stream_protocol::socket accepted, task_group& connections);
    boost::asio::awaitable<void> serve(std::shared_ptr<producer_connection> producer);
    boost::asio::awaitable<void> read(std::shared_ptr<producer_connection> producer);
    boost::asio::awaitable<void> end_lingerers(task_group& connections);

    boost::asio::any_io_executor executor_;
    steady_time time_;
    socket_source_options options_;
    std::string name_;
    file_descriptor lock_;
    std::uint64_t inode_ = 0;                                   ///< of our socket
    std::function<void(std::string const&)> connection_failed_; ///< reports the failure of one connection
    boost::asio::local::stream_protocol::acceptor acceptor_;
    interruptible_sleep ready_;   ///< interrupted when `next` may have something
    interruptible_sleep leaving_; ///< interrupted when `end_lingerers` may have something
    std::vector<std::shared_ptr<producer_connection>> connections_;
    std::deque<std::shared_ptr<producer_connection>> waiting_; ///< have a batch, in the order of their turns
    std::deque<handed_out> on_their_way_;                      ///< batches, in the order of their numbers
    std::size_t reading_ = 0;                                  ///< connections that may still have a batch
    std::uint64_t batches_ = 0;
    bool stopped_ = false;
    bool crowded_ = false; ///< "too many connections" was logged
};

} // namespace rulehost
