#pragma once

#include "delivery/database_options.hpp"
#include "sql/ending_decisions.hpp"
#include "text/failure_log.hpp"
#include "time/steady_time.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// Messages about decisions that end soon: `ttp.rule.ending.{id}`. `database` is its id.
std::vector<outbox_row> messages_about_ending(std::vector<decision> const& ending, time_point now,
                                              std::string const& database);

/// `log` is called for each decision too.
struct ending_notices_options : database_options {
    duration lead = std::chrono::hours{1}; ///< how long before its end a decision is announced
};

/// Announces the decisions that end soon through the outbox, each by one worker of a database. Owned by the tag writer; used on its
/// executor. Database calls run on `database`.
class ending_notices {
public:
    static constexpr duration look_interval = std::chrono::seconds{10};

    ending_notices(boost::asio::any_io_executor database, time_source& time, ending_notices_options options);

    /// Announces until it is cancelled. Call it once. Waits for a database that is away.
    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<void> look();

    boost::asio::any_io_executor strand_; ///< one session, one thread at a time
    steady_time time_;
    ending_notices_options options_;
    std::string holder_;
    std::shared_ptr<ending_decisions> decisions_;
    failure_log failures_{{.before = "decisions that end soon are not announced: ",
                           .works = "decisions that end soon are announced again"}};
};

} // namespace rulehost
