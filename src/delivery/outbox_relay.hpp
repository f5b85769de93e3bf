#pragma once

#include "async/backoff.hpp"
#include "async/interruptible_sleep.hpp"
#include "async/notification.hpp"
#include "bus/message_publisher.hpp"
#include "delivery/database_options.hpp"
#include "sql/outbox_table.hpp"
#include "text/failure_log.hpp"
#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// A message that the broker rejected each time, or that exceeded the outbox limit.
struct undeliverable_message {
    outgoing_message message;
    std::string reason;
};

struct outbox_relay_options : database_options {
    std::string holder;                        ///< names this worker among those of the database; empty: a random name
    std::string consumer = "nats";             ///< whose cursor it moves (`ttp_outbox_consumer`)
    std::size_t page = 512;                    ///< messages per call of the publisher
    std::uint64_t limit = 1'000'000;           ///< messages that may wait; then the oldest are discarded
    duration lease = std::chrono::seconds{15}; ///< takeover time after a worker died
    duration poll = std::chrono::milliseconds{500}; ///< poll interval for messages of other workers
    /// Called with messages before they are discarded; may be empty.
    std::function<boost::asio::awaitable<void>(std::vector<undeliverable_message>)> write_dead_letters;
    std::function<double()> random; ///< of [0, 1), for the pauses between attempts; empty: the system's
};

/// Publishes the messages of `ttp_outbox` in order and deletes each once the broker has it: a crash in between sends it
/// again under the same id. One worker of a database does so at a time; when it dies another takes over. A message that
/// the broker rejects delays no other; it is retried, and discarded after too many rejections. While more than `limit`
/// messages wait for the consumer, checked every ten seconds, the oldest are discarded for this consumer alone. The
/// same is done for consumers that no worker serves any more, so that the table is bounded.
///
/// Owned by the host; used on its executor. Database calls run on `database`.
class outbox_relay {
public:
    static constexpr unsigned max_refusals = 5;
    static constexpr duration refusal_pause = std::chrono::seconds{1}; ///< between two attempts with a rejected message

    outbox_relay(boost::asio::any_io_executor database, time_source& time, message_publisher& publisher,
                 outbox_relay_options options);
    ~outbox_relay();

    /// Publishes until it is cancelled. Call it once. Waits for a database or broker that is away.
    boost::asio::awaitable<void> run();

    /// Triggers a poll of the outbox: messages were stored.
    void notify() { wake_.interrupt(); }

    /// Returns when everything stored by now is published, or cannot be: the broker or the database is away, or another
    /// worker publishes. Only while `run` runs.
    boost::asio::awaitable<void> drain();

    /// Number of waiting messages, as of the last poll.
    std::uint64_t unpublished() const { return unpublished_; }

    /// Number of messages discarded because too many waited for this consumer.
    std::uint64_t overflowed() const { return overflowed_; }
    /// The same for consumers that no worker serves.
    std::uint64_t overflowed_of_others() const { return overflowed_of_others_; }

    /// Number of messages discarded after too many rejections.
    std::uint64_t given_up() const { return given_up_; }
    std::string const& consumer() const { return options_.consumer; }

private:
    struct look;

    boost::asio::awaitable<bool> round();
    boost::asio::awaitable<std::vector<std::int64_t>> publish(std::vector<outbox_table::waiting> const& waiting);
    boost::asio::awaitable<bool> drop_oldest(std::uint64_t excess);
    boost::asio::awaitable<void> drop_for(std::vector<std::pair<std::string, std::uint64_t>> others);
    boost::asio::awaitable<void> dead_letter_overflowed(std::vector<outbox_table::waiting> oldest,
                                                        std::string const& consumer);
    boost::asio::awaitable<void> write_dead_letters(std::vector<undeliverable_message> messages);
    boost::asio::awaitable<void> give_up(std::vector<undeliverable_message> messages);
    boost::asio::awaitable<bool> remove_published(std::vector<std::int64_t> sequences);
    boost::asio::awaitable<std::string> settle(std::vector<std::int64_t> sequences);
    boost::asio::awaitable<void> give_lease_back();

    boost::asio::any_io_executor strand_; ///< one session, one thread at a time
    steady_time time_;
    message_publisher& publisher_;
    outbox_relay_options options_;
    std::shared_ptr<outbox_table> table_;
    interruptible_sleep wake_;
    notification idle_;            ///< a round left nothing to do immediately
    std::uint64_t rounds_ = 0;     ///< begun
    std::uint64_t idle_round_ = 0; ///< the last idle one
    backoff pause_;
    steady_point lease_ends_{}; ///< by our clock, earlier than by the database's
    steady_point next_claim_{}; ///< next attempt to take or renew the lease
    steady_point next_count_{};
    std::map<std::int64_t, unsigned> refusals_; ///< by sequence, of those among the oldest messages
    steady_point next_refusal_{};               ///< time of their next attempt
    failure_log failures_{
        {.before = "messages about tags wait in the outbox: ", .works = "messages about tags are published again"}};
    bool database_is_away_ = false; ///< in the last round
    std::uint64_t unpublished_ = 0;
    std::uint64_t overflowed_ = 0;
    std::uint64_t overflowed_of_others_ = 0;
    std::set<std::string> unserved_; ///< consumers that were logged as such
    std::uint64_t given_up_ = 0;
    bool overflows_ = false;
    std::optional<outbox_progress> progress_; ///< while we have the lease
};

} // namespace rulehost
