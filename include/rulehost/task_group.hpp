#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace rulehost {

/// A group of coroutines with one lifetime: the first failure stops the others, `join` waits for all and rethrows it.
/// Every coroutine of rulehost runs in a group; none is detached.
///
/// Used on one executor. It must be joined before it and anything its tasks use is destroyed.
///
/// To protect one operation from cancellation, a task binds an empty `cancellation_slot` to it. Disabling the task's
/// own cancellation (`reset_cancellation_state`) would lose a request made meanwhile.
class task_group {
public:
    explicit task_group(boost::asio::any_io_executor executor);
    task_group(task_group const&) = delete;
    task_group& operator=(task_group const&) = delete;
    ~task_group(); ///< asserts that everything was joined

    /// Starts `task`, unless the group was stopped (by `cancel` or a failure). `name` appears in the message of a
    /// failure that is not a std::exception. Throws std::bad_alloc; then `task` was not started.
    void spawn(std::string name, boost::asio::awaitable<void> task);

    /// Requests every task to end (terminal cancellation). Their `operation_aborted` is not a failure.
    void cancel();

    /// Waits until every task has ended, then rethrows the first failure. A cancellation of the caller is forwarded to
    /// the tasks; it still waits for them. (A caller that was already cancelled must call `throw_if_cancelled(false)`
    /// first: Asio rejects every other `co_await` of it.)
    boost::asio::awaitable<void> join();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace rulehost
