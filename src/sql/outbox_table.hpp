#pragma once

#include "sql/outbox_progress.hpp"
#include "sql/outbox_row.hpp"
#include "sql/session/connection.hpp"

#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Adds messages to `ttp_outbox`, in the transaction of the caller. Throws database_error.
void store_messages(session& sql, std::vector<outbox_row> const& messages);

/// The table `ttp_outbox`: messages, stored together with their tags (`tag_table`) until every consumer
/// (`ttp_outbox_consumer`, such as a broker) has them. One worker at a time serves a consumer: the one that holds the
/// lease. Blocking; used by one thread at a time. Throws database_error.
class outbox_table {
public:
    struct waiting {
        std::int64_t sequence = 0;
        outbox_row message;
    };

    /// `clock` replaces the database's own clock: tests run on virtual time.
    explicit outbox_table(database_url url, std::function<time_point()> clock = {},
                          database_access first = database_access::create, std::shared_ptr<call_watch> watch = {})
        : connection_(std::move(url), first, std::move(watch)), clock_(std::move(clock)) {}

    /// Takes or renews a lease to publish (`lease_of`) for `length` from now. False: another worker has it.
    bool take_lease(std::string const& lease, std::string const& holder, duration length);
    void give_lease_back(std::string const& lease, std::string const& holder);

    /// The cursor of `consumer`; a new consumer begins with the oldest message.
    std::int64_t passed(std::string const& consumer);

    /// The oldest messages that `consumer` has to process. A message committed later may have a smaller number.
    std::vector<waiting> front(std::string const& consumer, outbox_progress const& progress, std::size_t limit);

    /// Stores the progress of `consumer`, and deletes the messages of `done` that every other consumer has passed too.
    void settle(std::string const& consumer, std::int64_t passed, std::vector<std::int64_t> const& done);

    /// Number of messages that `consumer` still has to process.
    std::uint64_t count(std::string const& consumer, outbox_progress const& progress);
    /// The same, by only the cursor in the database.
    std::uint64_t count(std::string const& consumer);

    /// Other consumers with more than `limit` waiting messages, and their number.
    std::vector<std::pair<std::string, std::uint64_t>> consumers_behind(std::string const& consumer,
                                                                        std::uint64_t limit);

    /// The lease for serving a consumer.
    static std::string lease_of(std::string const& consumer) {
        return consumer == "nats" ? "ttp_outbox" : "ttp_outbox " + consumer; // "nats" was the only consumer at first
    }

private:
    connection connection_;
    std::function<time_point()> clock_;
};

} // namespace rulehost
