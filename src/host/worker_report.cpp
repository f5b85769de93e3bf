#include "host/worker_report.hpp"

#include "store/database/process_name.hpp"
#include "store/database/rollout.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/version.hpp>

#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr duration min_pause = std::chrono::milliseconds{500};
constexpr duration max_pause = std::chrono::seconds{5};
constexpr duration pause_without_name = std::chrono::seconds{1};
static_assert(max_pause < worker_is_gone_after / 2); // one lost sign of life makes no worker gone

} // namespace

worker_report::worker_report(database_rule_store* store, time_source& time, naming how, observer to_notify)
    : store_(store),
      time_(time),
      how_(how),
      observer_(std::move(to_notify)),
      process_(process_name()),
      started_at_(time.now()),
      wake_(time),
      is_settled_(!store || how == naming::shared) {}

asio::awaitable<void> worker_report::look_for_holder() {
    if (is_settled_)
        co_return;
    try {
        auto const worker = observer_.row().worker;
        auto const workers = co_await store_->list_workers();
        for (auto const& each : workers.rows)
            if (each.worker == worker && each.process != process_ && !process_has_ended(each.process) &&
                standing_of(each, workers, each.revision) != worker_standing::gone)
                settle(worker, readable_process(each.process));
    } catch (store_unavailable const&) {
        // The claim asks again.
    } catch (std::bad_alloc const&) {}
}

asio::awaitable<void> worker_report::run() {
    if (!store_)
        co_return;
    std::exception_ptr end;
    try {
        co_await write();
    } catch (...) {
        end = std::current_exception(); // usually a cancellation
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
        if (is_written_)
            co_await store_->end_worker(process_);
    } catch (store_unavailable const&) {
        // The row holds for how long it has been stale.
    }
    std::rethrow_exception(end);
}

asio::awaitable<void> worker_report::write() {
    for (;;) {
        auto const problem = co_await write_once();
        failures_.note(problem, observer_.warn);
        auto const is_written = problem.empty() && holder_.empty();
        auto const pause = !problem.empty() ? max_pause : is_written ? min_pause : pause_without_name;
        co_await time_.pause(pause);
        if (is_written)
            co_await wake_.at_most(max_pause - min_pause);
    }
}

/// Writes the row once, unless another process has the name. Returns the error; empty: none.
asio::awaitable<std::string> worker_report::write_once() {
    std::string problem;
    std::string worker;
    auto holder = holder_;
    try {
        auto row = observer_.row();
        worker = row.worker;
        row.process = process_;
        row.host = asio::ip::host_name();
        row.version = version;
        row.started_at = started_at_;
        is_written_ = true; // even if the answer is lost
        if (how_ == naming::exclusive)
            holder = co_await store_->claim_worker(std::move(row));
        else
            co_await store_->note_worker(std::move(row));
        if (!holder.empty())
            holder = readable_process(holder);
    } catch (store_unavailable const& unavailable) {
        problem = unavailable.what();
    } catch (std::bad_alloc const& error) {
        problem = failure_reason(error);
    }
    settle(worker, holder);
    co_return problem;
}

/// Logs when another process gets the name, and when this one has it again.
void worker_report::settle(std::string const& worker, std::string const& holder) {
    auto const before = may_work();
    is_settled_ = true;
    if (holder != holder_)
        observer_.warn(holder.empty() ? "this process runs as worker " + worker + " now"
                                      : "another process runs as worker " + worker + ": " + holder +
                               "; this one waits until it ends, and reads no input (--worker gives it another name)");
    holder_ = holder;
    if (may_work() != before && observer_.changed)
        observer_.changed();
}

} // namespace rulehost
