#pragma once

#include "delivery/database_options.hpp"
#include "sql/tag_table.hpp"
#include "text/failure_log.hpp"
#include "time/steady_time.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace rulehost {

struct tag_retention_options : database_options {
    duration keep{};                      ///< retention of tags; zero: for ever
    duration keep_withheld{};             ///< retention of withheld tags; zero: for ever
    std::uint64_t max_withheld = 100'000; ///< withheld tags of a decision
};

/// Deletes old tags and withheld tags in small transactions, so that writers of tags hardly wait. One worker of a database
/// does so at a time. Tags are kept `margin` longer, so that a clock difference between sensor and database below that
/// never makes an old event count as new.
///
/// Owned by the tag writer; used on its executor. Database calls run on `database`.
class tag_retention {
public:
    static constexpr duration margin = std::chrono::hours{1};
    static constexpr duration look_interval = std::chrono::minutes{1};
    static constexpr std::size_t max_deleted = 500; ///< in a transaction

    tag_retention(boost::asio::any_io_executor database, time_source& time, tag_retention_options options);

    /// Deletes until it is cancelled. Call it once. Waits for a database that is away.
    boost::asio::awaitable<void> run();

    /// Number of tags that this worker has deleted, without withheld ones.
    std::uint64_t deleted() const { return deleted_; }

private:
    boost::asio::awaitable<bool> delete_some();

    boost::asio::any_io_executor strand_; ///< one session, one thread at a time
    steady_time time_;
    tag_retention_options options_;
    std::string holder_;
    std::shared_ptr<tag_table> table_;
    failure_log failures_{{.before = "old tags cannot be deleted: ", .works = "old tags are deleted again"}};
    std::uint64_t deleted_ = 0;
};

} // namespace rulehost
