#pragma once

#include "async/notification.hpp"
#include "delivery/database_options.hpp"
#include "sql/step_table.hpp"
#include "text/failure_log.hpp"

#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

struct step_writer_options : database_options {
    duration keep = std::chrono::hours{7 * 24};
    std::uint64_t max_rows = 1'000'000; ///< in the table; then the oldest are removed
};

/// Writes steps of sessions to `ttp_step`, and removes old ones. Delays nobody: steps wait in a bounded queue, and those
/// that find no room are dropped and counted. Those that wait when the process ends abruptly are lost.
///
/// Owned by the host; used on its executor. Database calls run on `database`.
class step_writer {
public:
    static constexpr duration interval = std::chrono::milliseconds{500}; ///< of writes
    static constexpr duration pause_after_failure = std::chrono::seconds{5};
    static constexpr duration look_interval = std::chrono::minutes{1}; ///< for old steps
    static constexpr std::size_t max_waiting = 32 << 20;               ///< bytes
    static constexpr std::size_t max_batch = 2000;                     ///< steps of a transaction

    step_writer(boost::asio::any_io_executor database, time_source& time, step_writer_options options);

    /// Takes the steps that find room, numbers them in their order, and leaves `steps` empty. `lost` others count as
    /// dropped.
    void add(std::vector<event_step>& steps, std::uint64_t lost = 0) noexcept;

    /// The same of one event, if it has a step.
    void add(event const& observed) noexcept;

    /// Starts writing and removing. Call it once.
    void spawn(task_group& tasks);

    /// Writes what waits, before the end; gives up at the first failure.
    boost::asio::awaitable<void> drain();

    std::uint64_t stored() const { return stored_; } ///< new ones
    std::uint64_t dropped() const { return dropped_; }

private:
    boost::asio::awaitable<void> write_all();
    boost::asio::awaitable<bool> write_batch();
    boost::asio::awaitable<void> remove_old();
    void put_back(std::vector<event_step>& batch);

    boost::asio::any_io_executor strand_; ///< one session, one thread at a time
    time_source& time_;
    step_writer_options options_;
    std::string holder_; ///< of the lease
    std::shared_ptr<step_table> table_;
    std::int64_t ordinal_ = 0; ///< of the last step
    std::deque<event_step> waiting_;
    std::size_t weight_ = 0; ///< of those, and of those that are being written
    notification arrived_;
    bool writing_ = false;
    notification written_;
    std::uint64_t stored_ = 0;
    std::uint64_t dropped_ = 0;
    failure_log failures_{
        {.before = "steps of sessions cannot be stored: ", .works = "steps of sessions are stored again"}};
};

} // namespace rulehost
