#pragma once

#include "sql/outbox_progress.hpp"
#include "sql/outbox_row.hpp"
#include "sql/session/connection.hpp"

#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rulehost {

/// The table `ttp_outbox`: messages that were stored with what they tell of (`tag_table`), until every consumer
/// (`ttp_outbox_consumer`: a broker, say) was told. One worker at a time does that, the one that holds the lease. Blocking; used by one thread at a time. Throws
/// database_error.
class outbox_table {
public:
    struct waiting {
        std::int64_t sequence = 0;
        outbox_row message;
    };

    /// `clock` replaces the database's own clock: tests run on virtual time.
    explicit outbox_table(database_url url, std::function<time_point()> clock = {},
                          connection::file first = connection::file::create, std::shared_ptr<call_watch> watch = {},
                          std::string lease = "ttp_outbox")
        : connection_(std::move(url), first, std::move(watch)), clock_(std::move(clock)), lease_(std::move(lease)) {}

    /// Takes or keeps the right, which `lease` names, to publish for `length` from now. False: another worker has it.
    bool take_lease(std::string const& holder, duration length);
    void give_lease_back(std::string const& holder);

    /// How far `consumer` has come; one that is new begins with the oldest message.
    std::int64_t passed(std::string const& consumer);

    /// The oldest messages that `consumer` is not done with. One that is committed later may have a smaller number.
    std::vector<waiting> front(std::string const& consumer, outbox_progress const& progress, std::size_t limit);

    /// Notes how far `consumer` has come, and forgets those of `done` that every other consumer has passed as well.
    void settle(std::string const& consumer, std::int64_t passed, std::vector<std::int64_t> const& done);

    /// The oldest messages of all.
    std::vector<waiting> oldest(std::size_t limit);
    /// Forgets exactly those, whoever has not passed them.
    void remove(std::vector<std::int64_t> const& sequences);

    std::uint64_t count();

private:
    connection connection_;
    std::function<time_point()> clock_;
    std::string lease_;
};

} // namespace rulehost
