#include "delivery/step_writer.hpp"

#include "async/blocking_call.hpp"
#include "text/failure_reason.hpp"

#include <boost/asio/strand.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_steps_removed = 5000; // in a transaction
constexpr duration pause_between_removals = std::chrono::milliseconds{50};

} // namespace

step_writer::step_writer(asio::any_io_executor database, time_source& time, step_writer_options options)
    : strand_(asio::make_strand(database)),
      time_(time),
      options_(std::move(options)),
      holder_(to_string(boost::uuids::random_generator()())),
      table_(std::make_shared<step_table>(parse_database_url(options_.database), options_.database_file, options_.calls,
                                          options_.database_clock)) {}

void step_writer::add(std::vector<event_step>& steps, std::uint64_t lost) noexcept {
    dropped_ += lost;
    // A time, so that it goes on after a restart.
    ordinal_ = std::max(ordinal_, std::int64_t{time_.now().time_since_epoch().count()});
    for (auto& each : steps) {
        each.ordinal = ++ordinal_;
        auto const weight = weight_of(each);
        if (weight_ + weight > max_waiting) {
            ++dropped_;
            continue;
        }
        try {
            waiting_.push_back(std::move(each));
            weight_ += weight;
        } catch (std::bad_alloc const&) {
            ++dropped_;
        }
    }
    steps.clear();
    if (!waiting_.empty())
        arrived_.notify();
}

void step_writer::add(event const& observed) noexcept {
    std::vector<event_step> steps;
    std::uint64_t lost = 0;
    try {
        if (auto step = step_of(observed, time_.now()))
            steps.push_back(std::move(*step));
    } catch (std::exception const&) {
        lost = 1;
    }
    add(steps, lost);
}

void step_writer::spawn(task_group& tasks) {
    tasks.spawn("steps of sessions", write_all());
    tasks.spawn("retention of steps", remove_old());
}

asio::awaitable<void> step_writer::write_all() {
    for (;;) {
        while (waiting_.empty())
            co_await arrived_.wait();
        co_await time_.pause(interval);
        bool is_well = true;
        while (is_well && !waiting_.empty())
            is_well = co_await write_batch();
        if (!is_well)
            co_await time_.pause(pause_after_failure);
    }
}

asio::awaitable<void> step_writer::drain() {
    bool is_well = true;
    while (is_well && (writing_ || !waiting_.empty()))
        is_well = co_await write_batch();
}

/// False: the database takes nothing now, and the steps wait on.
asio::awaitable<bool> step_writer::write_batch() {
    while (writing_)
        co_await written_.wait();
    if (waiting_.empty())
        co_return true;
    auto const size = std::min(max_batch, waiting_.size());
    std::shared_ptr<std::vector<event_step>> batch;
    try {
        batch = std::make_shared<std::vector<event_step>>();
        batch->reserve(size);
    } catch (std::bad_alloc const&) {
        co_return false;
    }
    auto const last = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
    batch->assign(std::move_iterator{waiting_.begin()}, std::move_iterator{last});
    waiting_.erase(waiting_.begin(), last);

    writing_ = true;
    struct end {
        step_writer& of;
        ~end() {
            of.writing_ = false;
            of.written_.notify();
        }
    } const whatever_happens{*this};

    struct outcome {
        std::size_t fresh = 0;
        std::string problem;
        bool is_lasting = false; ///< it would happen again
    };
    auto write = [table = table_, batch] {
        outcome done;
        try {
            done.fresh = table->add(*batch);
        } catch (database_error const& error) {
            done.problem = error.what();
            done.is_lasting = error.what_kind() == database_error::kind::other;
        } catch (std::exception const& error) {
            done.problem = failure_reason(error);
        }
        return done;
    };
    auto const done = co_await blocking_call(strand_, std::move(write));
    failures_.note(done.problem, options_.log);
    if (!done.problem.empty() && !done.is_lasting) {
        put_back(*batch);
        co_return false;
    }
    for (auto const& each : *batch)
        weight_ -= weight_of(each);
    stored_ += done.fresh;
    if (done.is_lasting)
        dropped_ += batch->size();
    co_return !done.is_lasting;
}

void step_writer::put_back(std::vector<event_step>& batch) {
    for (auto each = batch.rbegin(); each != batch.rend(); ++each) {
        auto const weight = weight_of(*each);
        try {
            waiting_.push_front(std::move(*each));
        } catch (std::bad_alloc const&) {
            weight_ -= weight;
            ++dropped_;
        }
    }
}

asio::awaitable<void> step_writer::remove_old() {
    for (;;) {
        auto remove = [table = table_, keep = options_.keep, max_rows = options_.max_rows, holder = holder_] {
            try {
                return table->remove_old(keep, max_rows, max_steps_removed, holder);
            } catch (std::exception const&) {
                return false; // retried at the next look
            }
        };
        bool const more = co_await blocking_call(strand_, std::move(remove));
        auto const pause = more ? pause_between_removals : look_interval;
        co_await time_.pause(pause);
    }
}

} // namespace rulehost
