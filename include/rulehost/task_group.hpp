#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace rulehost {

/// Coroutines that live and die together: the first that fails stops its siblings, `join` waits for all and
/// rethrows that failure. There is no detached coroutine in rulehost; this is where they all run.
///
/// Used on one executor. It must be joined before it and anything its tasks use is destroyed.
///
/// A task that must not be interrupted for the length of one operation binds an empty `cancellation_slot` to that
/// operation. Switching its own cancellation off (`reset_cancellation_state`) would lose a request made meanwhile.
class task_group {
public:
    explicit task_group(boost::asio::any_io_executor executor);
    task_group(task_group const&) = delete;
    task_group& operator=(task_group const&) = delete;
    ~task_group(); ///< asserts that everything was joined

    /// Starts `task`, unless the group was stopped (by `cancel` or a failure). `name` appears in the message of a
    /// failure that is not an std::exception's own.
    void spawn(std::string name, boost::asio::awaitable<void> task);

    /// Asks every task to end (terminal cancellation). Their `operation_aborted` is no failure.
    void cancel();

    /// Waits until every task has ended, then rethrows the first failure. A cancellation of the caller is
    /// passed on to the tasks and still waits for them. (A caller that was cancelled before must
    /// `throw_if_cancelled(false)` first: Asio refuses every other `co_await` to it.)
    boost::asio::awaitable<void> join();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace rulehost
