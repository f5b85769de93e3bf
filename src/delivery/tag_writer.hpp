#pragma once

#include "async/notification.hpp"
#include "delivery/dead_letter_writer.hpp"
#include "delivery/delivery_route.hpp"
#include "delivery/spool_calls.hpp"
#include "delivery/tag_database.hpp"
#include "delivery/tag_printer.hpp"
#include "delivery/tag_queue.hpp"
#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// Makes tags durable: in the database, many batches per transaction, or in a bounded spool on disk while the database
/// is away. Large groups go to a server over several connections, each session over one of them; positions follow. A
/// tag that the database already has is not stored, printed or published again. A tag that the database rejects becomes
/// a dead letter; the rest of its batch is stored. Dead letters delay nothing: what their file does not take is dropped
/// and counted.
///
/// Owned by the host; used on its executor. Database calls run on `database`, file calls on another executor: a
/// database that does not answer must not stop the spool.
class tag_writer {
public:
    using statistics = tag_statistics;

    tag_writer(boost::asio::any_io_executor executor, boost::asio::any_io_executor database, time_source& time,
               tag_writer_options options);
    ~tag_writer();

    /// Opens the spool. Returns the position at which each input continues, by its name: the newest of the database and
    /// the spool. Waits for the database if neither has one. Call it once, before the inputs are opened.
    boost::asio::awaitable<std::vector<input_position>> positions(std::vector<std::string> inputs);

    /// Takes a batch; waits for room in the queue. Cancellation while it waits loses the batch, which was not
    /// acknowledged. Throws `operation_aborted` once the queue is closed.
    boost::asio::awaitable<void> enqueue(tag_batch batch);

    /// Writes enqueued batches and publishes the messages of the outbox, until it is cancelled. Call it once. Throws
    /// only if the spool fails, or `printed` without a database; tags that were not stored are not acknowledged.
    boost::asio::awaitable<void> run();

    /// Ends every `enqueue`. Called after `run` has ended.
    void close();

    /// Returns when everything enqueued so far is durable, and printed if the policy waits for that.
    boost::asio::awaitable<void> drain();

    /// Returns when nothing waits to be printed.
    boost::asio::awaitable<void> drain_printed();

    /// Returns when this worker has published the messages of the outbox, or cannot now (`outbox_relay::drain`).
    boost::asio::awaitable<void> drain_outbox();

    statistics counts() const;

private:
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<void> make_durable(tag_group_ptr group);
    boost::asio::awaitable<bool> append_to_spool(tag_group_ptr group);
    boost::asio::awaitable<void> replay();
    boost::asio::awaitable<void> announce(std::vector<tag const*> const& fresh);
    boost::asio::awaitable<void> open_spool();
    void log(std::string const& line) const;

    boost::asio::any_io_executor executor_;
    time_source& time_;
    steady_time steady_;
    tag_writer_options options_;
    std::string meanwhile_; ///< for logs: how tags are handled while the database is away
    boost::asio::any_io_executor file_strand_;
    tag_queue queue_;
    delivery_route route_;
    notification changed_; ///< the route
    dead_letter_writer dead_letters_;
    std::unique_ptr<tag_database> database_; ///< null: none
    std::unique_ptr<spool_calls> spool_;     ///< null: none
    std::unique_ptr<tag_printer> printer_;   ///< null: nothing is printed
};

} // namespace rulehost
