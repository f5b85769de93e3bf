#pragma once

#include "async/backoff.hpp"
#include "bus/message_publisher.hpp"
#include "delivery/database_options.hpp"
#include "delivery/database_outage.hpp"
#include "delivery/dead_letter_writer.hpp"
#include "delivery/tag_lanes.hpp"
#include "delivery/tag_printer.hpp"
#include "delivery/tag_queue.hpp"
#include "event/input_position.hpp"

#include <rulehost/database_faults.hpp>
#include <rulehost/tag_sink.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/tracer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

class outbox_relay;
class ending_notices;
class tag_retention;

/// A consumer of messages about stored tags, with its own cursor in the outbox.
struct outbox_consumer {
    std::string name;         ///< of its cursor and its lease
    message_publisher* to;    ///< outlives the writer
    std::size_t max_messages; ///< per call
};

/// `database` has `ttp_tag`; empty: tags only go to `printed`. `log` is called when `printed` fails and recovers too.
struct tag_writer_options : database_options {
    position_fence fence;        ///< under which positions are stored
    tag_sink* printed = nullptr; ///< receives new tags once they are stored; null: none
    tag_printer::policy printing = tag_printer::policy::expendable; ///< beside a database; without one it is `required`
    std::filesystem::path spool;            ///< directory for batches while the database is away; empty: none
    std::uint64_t spool_limit = 1ull << 30; ///< bytes
    std::filesystem::path dead_letters;     ///< NDJSON file of failed lines, tags and messages; empty: only counted
    std::uint64_t dead_letter_limit = 128ull << 20; ///< bytes of that file and the one before it
    std::size_t max_waiting =
        50'000;              ///< tags, about, before `enqueue` waits; one with much evidence counts for several
    tracer* trace = nullptr; ///< null: nothing is traced
    std::optional<boost::asio::any_io_executor> files; ///< executor for file writes; empty: the database's
    bool outbox = false;                               ///< whether messages about tags are stored with them
    std::uint64_t outbox_limit = 1'000'000;            ///< messages that wait; then the oldest become dead letters
    duration retention{};                              ///< age at which tags are deleted; zero: never
    duration withheld_retention{};                     ///< the same for withheld tags; zero: never
    std::uint64_t max_withheld = 100'000;              ///< withheld tags of a decision; then the oldest are deleted
    duration decision_notice{};                        ///< how long before its end a decision is announced; zero: never
    message_publisher* publisher =
        nullptr;                          ///< publishes them, one worker of the database at a time; null: not this one
    std::vector<outbox_consumer> outputs; ///< besides the publisher; none delays another
    std::function<void(std::vector<tag const*> const&)> stored; ///< called with the new tags of each transaction
    std::function<double()> random; ///< of [0, 1), for the pauses between attempts; empty: the system's

    database_faults faults; ///< tests
};

/// Counts of a tag writer.
struct tag_statistics {
    std::uint64_t stored = 0;       ///< tags that were new
    std::uint64_t known = 0;        ///< tags that the database already had
    std::uint64_t dead = 0;         ///< lines, tags and messages that went to the dead letters
    std::uint64_t dead_dropped = 0; ///< of those, not written to the file
    std::uint64_t waiting = 0;      ///< tags enqueued and not durable
    std::uint64_t unprinted = 0;    ///< tags that `printed` did not take
    std::uint64_t spooled_bytes = 0;
    std::uint64_t overflowed = 0;                  ///< messages that became dead letters because too many waited
    std::uint64_t expired = 0;                     ///< tags that were deleted because of their age
    std::map<std::string, std::uint64_t> lost;     ///< messages of each consumer that became dead letters
    std::uint64_t unpublished = 0;                 ///< messages in the outbox when this worker last looked
    std::optional<time_point> database_lost_since; ///< or since when it has not answered
    std::optional<duration> database_lost_for;     ///< how long ago that is, by the monotonic clock
};

/// The database that tags go to: connections, the outbox, retention, and since when it is away. Used on one executor;
/// calls run on `database`. Every reference outlives it.
class tag_database {
public:
    /// `options.database` names one.
    tag_database(boost::asio::any_io_executor executor, boost::asio::any_io_executor database, time_source& time,
                 dead_letter_writer& dead_letters, tag_writer_options const& options);
    ~tag_database();

    /// The stored positions of those of `inputs` that are known. Waits for the database.
    boost::asio::awaitable<std::vector<input_position>> positions(std::vector<std::string> inputs);

    /// Tries once to store the rest of a group. The group records the progress, so that the next attempt continues from
    /// there. Returns the pause before the next attempt; empty: all of it is stored. Logs the start of an outage, with
    /// `meanwhile`: how tags are handled until it ends.
    boost::asio::awaitable<std::optional<duration>> store(tag_group_ptr group, std::string meanwhile);

    /// Starts the tasks beside the writer: publication and retention.
    void spawn(task_group& tasks);
    boost::asio::awaitable<void> drain_outbox();

    /// Fills in the counts that the database keeps.
    void count(tag_statistics& counts) const;

private:
    boost::asio::awaitable<std::optional<database_error>> attempt(tag_group_ptr group);
    void add_relay(boost::asio::any_io_executor database, tag_writer_options const& options,
                   outbox_consumer const& consumer);
    void lost(std::string const& problem, std::string const& meanwhile);
    void found();
    void log(std::string const& line) const;

    time_source& time_;
    dead_letter_writer& dead_letters_;
    tracer* trace_; ///< null: nothing is traced
    std::function<void(std::string const&)> log_;
    std::string shown_; ///< the URL without secrets
    database_outage outage_;
    backoff pause_;
    std::unique_ptr<tag_lanes> lanes_;
    std::vector<std::unique_ptr<outbox_relay>> relays_; ///< none: this worker publishes nothing
    std::unique_ptr<tag_retention> retention_;          ///< null: tags are kept
    std::unique_ptr<ending_notices> notices_;           ///< null: decisions are not announced
    std::uint64_t stored_ = 0;
    std::uint64_t known_ = 0;
};

} // namespace rulehost
