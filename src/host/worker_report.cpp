#include "host/worker_report.hpp"

#include "store/database/process_name.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/version.hpp>

#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr duration min_pause = std::chrono::milliseconds{500};
constexpr duration max_pause = std::chrono::seconds{5};
static_assert(max_pause < worker_is_gone_after / 2); // one lost sign of life makes no worker gone

} // namespace

worker_report::worker_report(database_rule_store* store, time_source& time, std::function<worker_row()> observe,
                             std::function<void(std::string const&)> warn)
    : store_(store),
      time_(time),
      observe_(std::move(observe)),
      warn_(std::move(warn)),
      process_(process_name()),
      started_at_(time.now()),
      wake_(time) {}

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
        note_failure(problem);
        auto const is_written = problem.empty();
        auto const pause = is_written ? min_pause : max_pause;
        co_await time_.pause(pause);
        if (is_written)
            co_await wake_.at_most(max_pause - min_pause);
    }
}

/// Writes the row once. Returns the error; empty: it was written.
asio::awaitable<std::string> worker_report::write_once() {
    std::string problem;
    try {
        auto row = observe_();
        row.process = process_;
        row.host = asio::ip::host_name();
        row.version = version;
        row.started_at = started_at_;
        is_written_ = true; // even if the answer is lost
        auto const worker = row.worker;
        co_await store_->note_worker(std::move(row));
        if (time_.elapsed() >= next_look_) {
            auto const workers = co_await store_->list_workers();
            note_namesake(worker, workers);
            next_look_ = time_.elapsed() + max_pause;
        }
    } catch (store_unavailable const& unavailable) {
        problem = unavailable.what();
    } catch (std::bad_alloc const& error) {
        problem = failure_reason(error);
    }
    co_return problem;
}

/// Logs when another live process has the name of this worker, except one that was killed before this one began.
void worker_report::note_namesake(std::string const& worker, worker_list const& workers) {
    if (!first_written_)
        first_written_ = workers.now;
    auto const lives = [&](worker_row const& row) {
        return row.worker == worker && row.process != process_ && row.seen_at > *first_written_ &&
            workers.now - row.seen_at <= worker_is_gone_after;
    };
    auto const found = std::ranges::find_if(workers.rows, lives);
    auto const lives_one = found != workers.rows.end();
    if (std::exchange(has_namesake_, lives_one) == lives_one)
        return;
    warn_(lives_one ? "another process runs as worker " + worker + " as well: " + found->process +
                  "; give each a name of its own (--worker)"
                    : "no other process runs as worker " + worker + " any more");
}

/// Logs when writing begins to fail, and when it works again.
void worker_report::note_failure(std::string const& problem) {
    if (std::exchange(fails_, !problem.empty()) == fails_)
        return;
    warn_(fails_ ? "`rulehost workers` shows nothing new of this worker: " + problem
                 : "`rulehost workers` shows this worker as it is again");
}

} // namespace rulehost
