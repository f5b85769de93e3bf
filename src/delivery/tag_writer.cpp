#include "delivery/tag_writer.hpp"

#include "text/failure_reason.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

tag_writer::tag_writer(asio::any_io_executor executor, asio::any_io_executor database, time_source& time,
                       tag_writer_options options)
    : executor_(executor),
      time_(time),
      steady_(time),
      options_(std::move(options)),
      meanwhile_(options_.spool.empty() ? "inputs are read until " + std::to_string(options_.max_waiting) + " tags wait"
                                        : "tags are spooled in " + options_.spool.string()),
      file_strand_(asio::make_strand(options_.files.value_or(database))),
      queue_(time, options_.max_waiting),
      route_(!options_.spool.empty() && !options_.database.empty()),
      dead_letters_(file_strand_, options_.dead_letters, options_.dead_letter_limit, options_.log) {
    if (!options_.database.empty())
        database_ = std::make_unique<tag_database>(executor_, std::move(database), time_, dead_letters_, options_);
    if (database_ && !options_.spool.empty())
        spool_ = std::make_unique<spool_calls>(file_strand_, time_, changed_, options_.spool, options_.spool_limit,
                                               options_.random, options_.log);
    if (options_.printed) {
        auto const how = database_ ? options_.printing : tag_printer::policy::required;
        printer_ = std::make_unique<tag_printer>(time_, *options_.printed, how, options_.max_waiting, options_.log);
    }
}

tag_writer::~tag_writer() = default;

asio::awaitable<std::vector<input_position>> tag_writer::positions(std::vector<std::string> inputs) {
    co_await open_spool();
    std::vector<input_position> known;
    if (spool_) {
        std::erase_if(inputs, [&](std::string const& input) {
            auto const spooled = spool_->positions().find(input);
            if (spooled != spool_->positions().end())
                known.push_back({input, spooled->second});
            return spooled != spool_->positions().end();
        });
    }
    if (!database_ || inputs.empty())
        co_return known;
    auto stored = co_await database_->positions(std::move(inputs));
    std::ranges::move(stored, std::back_inserter(known));
    co_return known;
}

asio::awaitable<void> tag_writer::enqueue(tag_batch batch) {
    return queue_.enqueue(std::move(batch));
}

asio::awaitable<void> tag_writer::run() {
    co_await open_spool();
    auto const caller = co_await asio::this_coro::cancellation_state;
    if (caller.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    task_group tasks(executor_);
    tasks.spawn("tag writer", write());
    if (printer_)
        tasks.spawn("printed tags", printer_->run());
    if (spool_)
        tasks.spawn("spool", replay());
    if (database_)
        database_->spawn(tasks);
    co_await tasks.join();
}

void tag_writer::close() {
    queue_.close();
}

asio::awaitable<void> tag_writer::drain() {
    co_await queue_.drain();
    if (printer_ && printer_->how() == tag_printer::policy::patient)
        co_await printer_->drain();
}

asio::awaitable<void> tag_writer::drain_printed() {
    if (printer_)
        co_await printer_->drain();
}

asio::awaitable<void> tag_writer::drain_outbox() {
    if (database_)
        co_await database_->drain_outbox();
}

tag_writer::statistics tag_writer::counts() const {
    statistics counts;
    if (database_)
        database_->count(counts);
    counts.dead = dead_letters_.count();
    counts.dead_dropped = dead_letters_.dropped();
    counts.waiting = queue_.waiting();
    counts.spooled_bytes = spool_ ? spool_->bytes() : 0;
    counts.unprinted = printer_ ? printer_->dropped() : 0;
    return counts;
}

/// Writes the queue, one group after the other.
asio::awaitable<void> tag_writer::write() {
    for (;;) {
        auto const next = co_await queue_.take();
        co_await dead_letters_.write_rejected(*next, time_.now());
        if (database_) {
            co_await make_durable(next);
            co_await announce(next->fresh);
        } else {
            co_await announce(next->tags);
            next->tags.clear();
        }
        queue_.finish();
    }
}

/// Returns when the rest of the group is in the database or the spool.
asio::awaitable<void> tag_writer::make_durable(tag_group_ptr group) {
    while (group->has_more()) {
        switch (route_.next_of_writer()) {
        case delivery_route::writer_step::store: {
            auto const pause = co_await database_->store(group, meanwhile_);
            if (!pause)
                co_return;
            if (route_.store_failed(steady_.now() + *pause))
                changed_.notify();
            break;
        }
        case delivery_route::writer_step::pause:
            co_await steady_.sleep_until(route_.next_attempt());
            route_.pause_ended();
            break;
        case delivery_route::writer_step::spool: {
            auto const spooled = co_await append_to_spool(group);
            if (spooled)
                co_return;
            co_await changed_.wait();
            break;
        }
        case delivery_route::writer_step::wait:
            co_await changed_.wait();
            break;
        }
    }
}

/// False: the spool does not take the group now.
asio::awaitable<bool> tag_writer::append_to_spool(tag_group_ptr group) {
    route_.spool_began();
    auto const done = co_await spool_->append(group);
    if (done.kept) {
        route_.spooled(done.bytes);
        group->tags.clear();
        group->positions.clear();
    } else if (route_.spool_refused(done.full)) {
        log("the spool " + options_.spool.string() + " has no more room at " + std::to_string(spool_->bytes()) +
            " bytes; inputs wait for the database");
    }
    changed_.notify();
    co_return done.kept;
}

/// Replays the spool whenever the database is back.
asio::awaitable<void> tag_writer::replay() {
    tag_group_ptr page;
    for (;;) {
        switch (route_.next_of_replay(steady_.now())) {
        case delivery_route::replay_step::idle:
            co_await changed_.wait();
            continue;
        case delivery_route::replay_step::pause:
            co_await steady_.sleep_until(route_.next_attempt());
            continue;
        case delivery_route::replay_step::replay:
            break;
        }
        if (!page)
            page = co_await spool_->front();
        if (!page) {
            if (route_.spool_is_empty()) {
                spool_->clear_positions();
                changed_.notify();
            } else {
                co_await changed_.wait();
            }
            continue;
        }
        auto const pause = co_await database_->store(page, meanwhile_);
        co_await announce(page->fresh);
        page->fresh.clear();
        if (pause) {
            route_.replay_failed(steady_.now() + *pause);
        } else {
            auto const bytes = co_await spool_->pop();
            route_.replayed(bytes);
            page.reset();
        }
        changed_.notify();
    }
}

/// Publishes new tags to listeners, and prints them.
asio::awaitable<void> tag_writer::announce(std::vector<tag const*> const& fresh) {
    if (fresh.empty())
        co_return;
    try {
        if (options_.stored)
            options_.stored(fresh);
    } catch (std::exception const& error) {
        log("listeners are not notified of " + std::to_string(fresh.size()) + " tags: " + failure_reason(error));
    }
    if (printer_)
        co_await printer_->print(fresh);
}

asio::awaitable<void> tag_writer::open_spool() {
    if (!spool_)
        co_return;
    co_await spool_->open();
    if (spool_->bytes() > 0)
        route_.found_spooled();
}

void tag_writer::log(std::string const& line) const {
    if (options_.log)
        options_.log(line);
}

} // namespace rulehost
