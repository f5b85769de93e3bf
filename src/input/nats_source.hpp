#pragma once

#include "async/interruptible_sleep.hpp"
#include "async/notification.hpp"
#include "input/event_source.hpp"
#include "nats/nats_connection.hpp"
#include "nats/nats_consumer.hpp"
#include "nats/nats_leases.hpp"
#include "nats/nats_url.hpp"
#include "time/steady_time.hpp"

#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// The messages of a JetStream stream, each one line, with its subject as the topic and its sequence as the number.
///
/// Without partitions all workers pull from one durable consumer. Every message reaches a worker at least once; each
/// worker gets its messages in the order of the stream, except those that another had taken and not acknowledged.
///
/// With N partitions there is a consumer for each (`durable_0` ... with its own filter), and each belongs to one worker
/// at a time, by a lease kept in the key-value bucket `durable_leases`. The messages of a partition are returned in the
/// order of the stream, also when it moves: its new worker begins with the first message that was not acknowledged,
/// after `ack_wait` if the last worker was lost. Within one worker a partition's message is returned once.
///
/// A message is acknowledged after `acknowledge` and withheld from other workers until then, without a time limit.
/// Waits for a server that is away and a stream that is missing. Owned by the host; used on the executor of
/// `connection`, which outlives it, as does the time source.
class nats_source final : public event_source {
public:
    nats_source(boost::asio::any_io_executor executor, nats_connection& connection, time_source& time,
                nats_source_options options);
    ~nats_source() override;

    std::string const& name() const override { return name_; }
    std::string const& identity() const override {
        return options_.stream;
    } ///< without a single URL, as there may be several servers
    boost::asio::awaitable<std::optional<event_batch>> next() override;
    void acknowledge(std::uint64_t number) noexcept override;
    boost::asio::awaitable<void> run() override;
    void stop() override;

    /// The partitions that this worker reads now.
    std::vector<std::size_t> partitions() const;

private:
    /// One consumer, while it is read and until everything of it is acknowledged.
    struct lane {
        std::size_t partition = 0;
        bool leased = true;
        bool running = true;
        std::unique_ptr<nats_consumer> consumer;
    };
    struct handed_out {
        std::uint64_t number;
        std::shared_ptr<lane> from;
        std::vector<stream_place> messages;
    };

    std::shared_ptr<lane> open_lane(std::size_t partition);
    boost::asio::awaitable<void> run_lane(std::shared_ptr<lane> which);
    boost::asio::awaitable<void> hold_partitions();
    boost::asio::awaitable<void> share_out(nats_leases& leases);
    event_batch batch_of(std::shared_ptr<lane> const& from);
    bool is_ended() const;
    void log(std::string const& what) const;

    boost::asio::any_io_executor executor_;
    nats_connection& connection_;
    steady_time time_;
    nats_source_options const options_;
    std::string name_;
    std::list<std::shared_ptr<lane>> lanes_;
    std::vector<std::size_t> ended_; ///< partitions whose lanes have ended since the last check
    std::deque<handed_out> handed_out_;
    std::uint64_t last_batch_ = 0;
    bool started_ = false;
    bool stopped_ = false;
    interruptible_sleep stopping_; ///< of the loop that assigns partitions
    notification arrived_;         ///< when `next` may have something
    task_group tasks_;
};

} // namespace rulehost
