#pragma once

#include "bus/message_publisher.hpp"
#include "delivery/dead_letter_file.hpp"
#include "delivery/tag_lanes.hpp"
#include "delivery/tag_printer.hpp"
#include "event/input_position.hpp"

#include <rulehost/database_faults.hpp>
#include <rulehost/tag.hpp>
#include <rulehost/tag_sink.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/tracer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// Tags and positions of a batch of events. Move-only.
struct tag_batch {
    std::vector<tag> tags;
    std::vector<dead_letter> rejected;
    std::optional<input_position> position; ///< stored in the transaction of the tags, or after them all
    std::function<void()> stored; ///< called once when all of it is durable, in the order of `enqueue`; may be empty
};

struct tag_writer_options {
    std::string database; ///< URL of the database with `ttp_tag`; empty: tags only go to `printed`
    connection::file database_file = connection::file::create; ///< existing: somebody has opened it before
    tag_sink* printed = nullptr; ///< is given the tags that are new, once they are stored; null: nobody
    tag_printer::policy printing = tag_printer::policy::expendable; ///< beside a database; without one it is `required`
    std::filesystem::path spool;            ///< directory that takes batches while the database is away; empty: none
    std::uint64_t spool_limit = 1ull << 30; ///< bytes
    std::filesystem::path dead_letters;     ///< file of what could not be read or stored, NDJSON; empty: only counted
    std::uint64_t dead_letter_limit = 128ull << 20; ///< bytes of that file and the one before it
    std::size_t most_waiting =
        50'000;              ///< tags, about, before `enqueue` waits; one with much evidence counts for several
    tracer* trace = nullptr; ///< null: nothing is traced
    std::optional<boost::asio::any_io_executor> files; ///< where files are written; empty: with the database
    bool outbox = false;                               ///< whether messages about what is stored are stored with it
    std::uint64_t outbox_limit = 1'000'000;            ///< messages that wait; then the oldest become dead letters
    duration retention{}; ///< how old tags get before they are deleted; zero: they are kept
    message_publisher* publisher =
        nullptr; ///< who publishes them, one worker of the database at a time; null: not this one
    std::function<void(std::string const&)>
        log; ///< told when the database or `printed` goes and comes back, one line each
    std::function<void(std::vector<tag const*> const&)> stored; ///< told of the tags of a transaction that are new
    std::shared_ptr<call_watch> calls; ///< ends those that the database does not answer; null: each session has its own
    std::function<time_point()> database_clock; ///< replaces the database's own clock: tests run on virtual time
    std::function<double()> random;             ///< of [0, 1), for the pauses between attempts; empty: the system's

    database_faults faults; ///< tests
};

/// Makes tags durable: in the database, many batches to a transaction, or in a bounded spool on disk while there is no
/// database. Many tags at once go to a server over several connections, a session over one of them; positions follow. A tag that
/// the database has is not stored, printed or published again. A tag that the database refuses goes to the dead letters alone;
/// the rest of its batch is stored. Dead letters hold nothing up: what their file does not take is dropped and counted.
///
/// Owned by the host; used on its executor. Database calls run on `database`, those of files elsewhere: a database that
/// does not answer must not stop the spool.
class tag_writer {
public:
    struct statistics {
        std::uint64_t stored = 0;       ///< tags that were new
        std::uint64_t known = 0;        ///< tags that the database already had
        std::uint64_t dead = 0;         ///< lines, tags and messages that went to the dead letters
        std::uint64_t dead_dropped = 0; ///< of those, what the file did not take
        std::uint64_t waiting = 0;      ///< tags enqueued and not durable
        std::uint64_t unprinted = 0;    ///< tags that `printed` did not take
        std::uint64_t spooled_bytes = 0;
        std::uint64_t overflowed = 0;                  ///< messages that became dead letters because too many waited
        std::uint64_t expired = 0;                     ///< tags that were deleted because of their age
        std::uint64_t unpublished = 0;                 ///< messages in the outbox when this worker last looked
        std::optional<time_point> database_lost_since; ///< or since when it has not answered
        std::optional<duration> database_lost_for; ///< how long that is ago, whatever the clock was set to meanwhile
    };

    tag_writer(boost::asio::any_io_executor executor, boost::asio::any_io_executor database, time_source& time,
               tag_writer_options options);
    ~tag_writer();

    /// Opens the spool. The position at which each input goes on, by its name: the newest of the database and the
    /// spool. Waits for the database where neither knows. Call it once, before the inputs are opened.
    boost::asio::awaitable<std::vector<input_position>> positions(std::vector<std::string> inputs);

    /// Takes a batch; returns at once while there is room, else when there is. Cancellation while it waits loses the
    /// batch, which nobody acknowledged. Throws `operation_aborted` once it is closed.
    boost::asio::awaitable<void> enqueue(tag_batch batch);

    /// Writes what is enqueued, and publishes what waits in the outbox, until it is cancelled. Call it once. Throws only
    /// when the spool fails, or `printed` where there is no database: what was not stored was not acknowledged.
    boost::asio::awaitable<void> run();

    /// Ends every `enqueue`. Called when `run` has ended, for those who do not end with it.
    void close();

    /// Returns when everything enqueued so far is durable, and printed where that is waited for.
    boost::asio::awaitable<void> drain();

    /// Returns when nothing waits to be printed.
    boost::asio::awaitable<void> drain_printed();

    /// Returns when this worker has published what waits in the outbox, or cannot now (`outbox_relay::drain`).
    boost::asio::awaitable<void> drain_outbox();

    statistics counts() const;

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rulehost
