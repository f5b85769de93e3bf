#include <rulehost/task_group.hpp>

#include "text/assertion.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

namespace rulehost {

namespace asio = boost::asio;

struct task_group::state {
    struct task {
        explicit task(std::string name_) : name(std::move(name_)) {}
        std::string name;
        asio::cancellation_signal stop;
        bool begun = false;
        bool stop_sent = false;
    };

    explicit state(asio::any_io_executor executor_)
        : executor(std::move(executor_)), all_ended(executor, asio::steady_timer::time_point::max()) {}

    void cancel() {
        stopping = true;
        // Restarts at the front: a task may end during its signal and leave the list.
        for (auto const& each : running)
            each->stop_sent = false;
        auto const is_due = [](std::shared_ptr<task> const& each) { return each->begun && !each->stop_sent; };
        for (;;) {
            auto const due = std::ranges::find_if(running, is_due);
            if (due == running.end())
                return;
            auto const which = *due;
            which->stop_sent = true;
            which->stop.emit(asio::cancellation_type::terminal);
        }
    }

    /// Runs a task. Asio throws out of the loop if a coroutine is cancelled before it begins, or was cancelled and
    /// never waited.
    static asio::awaitable<void> guarded(std::shared_ptr<state> group, std::shared_ptr<task> which,
                                         asio::awaitable<void> work) {
        which->begun = true;
        if (group->stopping)
            co_return;
        std::exception_ptr problem;
        try {
            co_await std::move(work);
        } catch (...) {
            problem = std::current_exception();
        }
        co_await asio::this_coro::throw_if_cancelled(false);
        if (problem)
            std::rethrow_exception(problem);
    }

    void ended(std::shared_ptr<task> const& which, std::exception_ptr problem) {
        std::erase(running, which);
        if (problem && !is_answer_to_cancel(problem) && !failure) {
            failure = described(problem, which->name);
            cancel();
        }
        if (running.empty())
            all_ended.cancel();
    }

    bool is_answer_to_cancel(std::exception_ptr const& problem) const {
        try {
            std::rethrow_exception(problem);
        } catch (boost::system::system_error const& error) {
            return stopping && error.code() == asio::error::operation_aborted;
        } catch (...) {
            return false;
        }
    }

    static std::exception_ptr described(std::exception_ptr const& problem, std::string const& name) {
        try {
            std::rethrow_exception(problem);
        } catch (std::exception const&) {
            return problem;
        } catch (...) {
            return std::make_exception_ptr(std::runtime_error(name + " failed with an unknown exception"));
        }
    }

    asio::any_io_executor executor;
    asio::steady_timer all_ended; ///< never expires; cancelled when `running` becomes empty
    std::vector<std::shared_ptr<task>> running;
    std::exception_ptr failure;
    bool stopping = false;
};

task_group::task_group(asio::any_io_executor executor) : state_(std::make_shared<state>(std::move(executor))) {}

task_group::~task_group() {
    RULEHOST_ASSERT(state_->running.empty());
}

void task_group::spawn(std::string name, asio::awaitable<void> task) {
    if (state_->stopping)
        return;
    auto const added = state_->running.emplace_back(std::make_shared<state::task>(std::move(name)));
    try {
        asio::co_spawn(
            state_->executor, state::guarded(state_, added, std::move(task)),
            asio::bind_cancellation_slot(added->stop.slot(), [group = state_, added](std::exception_ptr problem) {
                group->ended(added, std::move(problem));
            }));
    } catch (...) { // no memory: `join` would wait for it forever
        std::erase(state_->running, added);
        throw;
    }
}

void task_group::cancel() {
    state_->cancel();
}

asio::awaitable<void> task_group::join() {
    auto const group = state_;
    // A cancelled caller still has to wait for the tasks, so the cancellation is checked here.
    bool const throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const caller = co_await asio::this_coro::cancellation_state;
    while (!group->running.empty()) {
        co_await group->all_ended.async_wait(asio::as_tuple(asio::use_awaitable));
        if (caller.cancelled() != asio::cancellation_type::none && !group->stopping)
            group->cancel();
    }
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (group->failure)
        std::rethrow_exception(std::exchange(group->failure, nullptr));
    if (caller.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

} // namespace rulehost
