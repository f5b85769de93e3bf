#pragma once

#include "sql/outbox_row.hpp"
#include "sql/session/connection.hpp"

#include <rulehost/decision.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

/// The lease that says until when ends were announced. Held by nobody: it is no sign of a process.
inline constexpr std::string_view announced_ends_lease = "ttp_decision_ending";

/// The decisions of a database whose end is near, each announced once by all its workers together: the lease
/// `announced_ends_lease` runs until the last end that was announced. Blocking; used by one thread at a time. Throws
/// database_error.
class ending_decisions {
public:
    /// The messages about decisions that end soon, at the time of the database with this id: another database may have
    /// decisions of the same ids.
    using messages_about = std::function<std::vector<outbox_row>(std::vector<decision> const&, time_point now,
                                                                 std::string const& database)>;

    /// `clock` replaces the database's own clock: tests run on virtual time.
    ending_decisions(database_url url, database_access first, std::shared_ptr<call_watch> watch,
                     std::function<time_point()> clock, messages_about messages)
        : connection_(std::move(url), first, std::move(watch)),
          clock_(std::move(clock)),
          messages_(std::move(messages)) {}

    /// Stores the messages about the decisions that end within `lead`, were made for longer than that, and were not announced
    /// before. Returns them. Without a consumer of messages, or such a decision, nothing is written.
    std::vector<decision> announce(duration lead, std::string const& holder);

private:
    time_point now(session& sql) const;

    connection connection_;
    std::function<time_point()> clock_;
    messages_about messages_;
};

} // namespace rulehost
