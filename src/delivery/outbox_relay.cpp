#include "delivery/outbox_relay.hpp"

#include "async/blocking_call.hpp"
#include "text/failure_reason.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_dropped = 4096; // at once
constexpr duration count_interval = 10s;  // counting reads the whole table
constexpr std::int64_t stays = -1;        // no sequence

std::vector<std::int64_t> sequences_of(std::vector<outbox_table::waiting> const& messages) {
    std::vector<std::int64_t> sequences;
    for (auto const& each : messages)
        sequences.push_back(each.sequence);
    return sequences;
}

} // namespace

/// Messages that a round finds in the database.
struct outbox_relay::look {
    bool ours = false; ///< this worker has the lease
    std::vector<outbox_table::waiting> waiting;
    std::optional<std::uint64_t> count;
    std::vector<std::pair<std::string, std::uint64_t>> behind; ///< other consumers and their waiting messages
    std::optional<outbox_progress> progress;                   ///< from the database, with a new lease
    std::optional<database_error> problem;
};

outbox_relay::outbox_relay(asio::any_io_executor database, time_source& time, message_publisher& publisher,
                           outbox_relay_options options)
    : strand_(asio::make_strand(database)),
      time_(time),
      publisher_(publisher),
      options_(std::move(options)),
      table_(std::make_shared<outbox_table>(parse_database_url(options_.database), options_.database_clock,
                                            options_.database_file, options_.calls)),
      wake_(time_),
      pause_(100ms, 10s, options_.random) {
    if (options_.holder.empty())
        options_.holder = to_string(boost::uuids::random_generator()());
}

outbox_relay::~outbox_relay() = default;

asio::awaitable<void> outbox_relay::run() {
    auto const caller = co_await asio::this_coro::cancellation_state;
    std::exception_ptr end;
    while (!end) {
        try {
            ++rounds_;
            bool more = false;
            try {
                more = co_await round();
            } catch (boost::system::system_error const&) {
                throw;
            } catch (std::exception const& error) {
                failures_.note(failure_reason(error), options_.log);
                progress_.reset(); // republishes, under the same ids, messages published but not recorded
            }
            if (!more) {
                idle_round_ = rounds_;
                idle_.notify();
            }
            if (failures_.fails()) {
                co_await time_.pause(pause_.next());
            } else {
                pause_.reset();
                if (!more)
                    co_await wake_.at_most(options_.poll);
            }
        } catch (boost::system::system_error const&) {
            if (caller.cancelled() == asio::cancellation_type::none)
                throw;
            end = std::current_exception();
        }
    }
    // Otherwise the next worker waits until the lease expires.
    if (time_.now() < lease_ends_ && !database_is_away_) {
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await give_lease_back();
    }
    std::rethrow_exception(end);
}

asio::awaitable<void> outbox_relay::drain() {
    auto const before = rounds_; // may have polled too early
    wake_.interrupt();
    while (idle_round_ <= before && !failures_.fails())
        co_await idle_.wait();
}

/// True: there is more to do at once.
asio::awaitable<bool> outbox_relay::round() {
    auto const now = time_.now();
    auto const renew = lease_ends_ - now < options_.lease / 2;
    if (now >= lease_ends_ && now < next_claim_)
        co_return false;
    auto const count = now >= next_count_;
    auto read = [table = table_, lease = outbox_table::lease_of(options_.consumer), renew, count,
                 holder = options_.holder, length = options_.lease, consumer = options_.consumer, page = options_.page,
                 limit = options_.limit, progress = progress_] {
        look found;
        try {
            found.ours = !renew || table->take_lease(lease, holder, length);
            if (found.ours && (renew || !progress)) {
                auto const passed = table->passed(consumer); // creates its row
                if (!progress)
                    found.progress.emplace(passed);
            }
            auto const known = progress ? progress : found.progress;
            if (count)
                found.count = found.ours ? table->count(consumer, *known) : table->count(consumer);
            if (count && found.ours)
                found.behind = table->consumers_behind(consumer, limit);
            if (found.ours)
                found.waiting = table->front(consumer, *known, page);
        } catch (database_error const& error) {
            found.problem = error;
        }
        return found;
    };
    auto const found = co_await blocking_call(strand_, std::move(read));
    database_is_away_ = found.problem.has_value();
    if (found.problem) {
        failures_.note(found.problem->what(), options_.log);
        co_return false;
    }
    if (renew) {
        lease_ends_ = found.ours ? now + options_.lease : steady_point();
        next_claim_ = now + options_.lease / 3;
    }
    if (!found.ours) {
        progress_.reset();
        publisher_.rest();
    } else if (found.progress) {
        progress_ = found.progress;
    }
    if (found.count) {
        unpublished_ = *found.count;
        next_count_ = now + count_interval;
        co_await drop_for(found.behind);
        if (found.ours && *found.count > options_.limit)
            co_return co_await drop_oldest(*found.count - options_.limit);
        overflows_ = false;
    }
    if (found.ours && found.waiting.size() < options_.page)
        unpublished_ = found.waiting.size();
    if (found.waiting.empty()) {
        if (found.ours)
            failures_.note({}, options_.log);
        co_return false;
    }
    auto done = co_await publish(found.waiting);
    if (failures_.fails() || done.empty())
        co_return false;
    for (auto const sequence : done)
        progress_->add(sequence);
    std::optional<std::int64_t> lowest_left;
    if (auto const left = std::ranges::find_if(
            found.waiting, [&](auto const& each) { return !std::ranges::binary_search(done, each.sequence); });
        left != found.waiting.end())
        lowest_left = left->sequence;
    progress_->advance(lowest_left, now);
    co_return co_await remove_published(std::move(done));
}

/// Discards the oldest messages of this consumer, page by page. True: continue with the rest at once.
asio::awaitable<bool> outbox_relay::drop_oldest(std::uint64_t excess) {
    if (!std::exchange(overflows_, true) && options_.log)
        options_.log("more than " + std::to_string(options_.limit) +
                     " messages about tags wait in the outbox: the oldest become dead letters");
    while (excess > 0) {
        struct page {
            std::vector<outbox_table::waiting> oldest;
            std::string problem;
        };
        auto read = [table = table_, consumer = options_.consumer, progress = *progress_,
                     size = std::min<std::uint64_t>(excess, max_dropped)] {
            page found;
            try {
                found.oldest = table->front(consumer, progress, size);
            } catch (database_error const& error) {
                found.problem = error.what();
            }
            return found;
        };
        auto found = co_await blocking_call(strand_, std::move(read));
        if (!found.problem.empty()) {
            failures_.note(found.problem, options_.log);
            co_return false;
        }
        if (found.oldest.empty())
            break;
        auto sequences = sequences_of(found.oldest);
        auto const count = sequences.size();
        // Written first: a crash in between only duplicates the dead letters.
        co_await dead_letter_overflowed(std::move(found.oldest), options_.consumer);
        for (auto const sequence : sequences)
            progress_->add(sequence);
        progress_->advance(sequences.back() + 1, time_.now());
        auto const problem = co_await settle(std::move(sequences));
        if (!problem.empty()) {
            failures_.note(problem, options_.log);
            co_return false;
        }
        overflowed_ += count;
        excess -= std::min<std::uint64_t>(excess, count);
    }
    co_return true;
}

/// Discards the oldest messages of consumers that no worker serves, one page of each.
asio::awaitable<void> outbox_relay::drop_for(std::vector<std::pair<std::string, std::uint64_t>> others) {
    for (auto const& [name, count] : others) {
        auto const lease = outbox_table::lease_of(name);
        auto take = [table = table_, lease, consumer = name, holder = options_.holder, length = options_.lease,
                     size = std::min<std::uint64_t>(count - options_.limit, max_dropped)] {
            struct {
                bool is_served = false;
                std::vector<outbox_table::waiting> oldest;
            } found;
            try {
                found.is_served = !table->take_lease(lease, holder, length);
                if (!found.is_served) {
                    found.oldest = table->front(consumer, outbox_progress(table->passed(consumer)), size);
                    if (found.oldest.empty())
                        table->give_lease_back(lease, holder);
                }
            } catch (database_error const&) {
                // Retried at the next count.
            }
            return found;
        };
        auto found = co_await blocking_call(strand_, std::move(take));
        if (found.is_served)
            unserved_.erase(name);
        auto& oldest = found.oldest;
        if (oldest.empty())
            continue;
        auto const sequences = sequences_of(oldest);
        if (unserved_.insert(name).second && options_.log)
            options_.log("no worker serves the consumer '" + name + "' of the outbox, and more than " +
                         std::to_string(options_.limit) + " messages wait for it: the oldest become dead letters");
        co_await dead_letter_overflowed(std::move(oldest), name);
        auto settle = [table = table_, lease, consumer = name, holder = options_.holder, sequences] {
            try {
                table->settle(consumer, sequences.back(), sequences);
                table->give_lease_back(lease, holder);
            } catch (database_error const&) {
                // Retried at the next count.
            }
            return true;
        };
        co_await blocking_call(strand_, std::move(settle));
        overflowed_of_others_ += sequences.size();
    }
}

asio::awaitable<void> outbox_relay::dead_letter_overflowed(std::vector<outbox_table::waiting> oldest,
                                                           std::string const& consumer) {
    auto const reason = "more than " + std::to_string(options_.limit) +
        " messages wait in the outbox for the consumer '" + consumer + "'";
    std::vector<undeliverable_message> messages;
    for (auto& [sequence, message] : oldest)
        messages.push_back(
            {{std::move(message.message_id), std::move(message.topic), std::move(message.payload)}, reason});
    co_await write_dead_letters(std::move(messages));
}

/// Publishes the oldest messages. Returns those that are done: published, or discarded.
asio::awaitable<std::vector<std::int64_t>> outbox_relay::publish(std::vector<outbox_table::waiting> const& waiting) {
    auto const now = time_.now();
    auto const again = now >= next_refusal_;
    std::vector<std::int64_t> const none;
    std::vector<outgoing_message> messages;
    std::vector<std::int64_t> done; // everything sent; the rejected ones are removed below
    std::map<std::int64_t, unsigned> refusals;
    for (auto const& [sequence, message] : waiting) {
        auto const known = refusals_.find(sequence);
        if (known != refusals_.end())
            refusals.insert(*known);
        if (known != refusals_.end() && !again)
            continue;
        messages.push_back({message.message_id, message.topic, message.payload});
        done.push_back(sequence);
    }
    refusals_ = std::move(refusals);
    if (messages.empty())
        co_return done;
    auto const outcome = co_await try_publish(publisher_, messages);
    failures_.note(outcome.problem, options_.log);
    if (!outcome.problem.empty())
        co_return none;
    if (!outcome.refused.empty() && again)
        next_refusal_ = now + refusal_pause;
    std::vector<undeliverable_message> given_up;
    for (auto const& [index, reason] : outcome.refused) {
        auto& sequence = done[index];
        if (++refusals_[sequence] < max_refusals)
            sequence = stays;
        else
            given_up.push_back({std::move(messages[index]), reason});
    }
    std::erase(done, stays);
    if (!given_up.empty())
        co_await give_up(std::move(given_up));
    co_return done;
}

asio::awaitable<void> outbox_relay::give_up(std::vector<undeliverable_message> messages) {
    given_up_ += messages.size();
    if (options_.log)
        options_.log(std::to_string(messages.size()) +
                     " messages about tags were refused too often and are given up, the first on " +
                     messages.front().message.topic + ": " + messages.front().reason);
    co_await write_dead_letters(std::move(messages));
}

asio::awaitable<void> outbox_relay::write_dead_letters(std::vector<undeliverable_message> messages) {
    if (options_.write_dead_letters)
        co_await options_.write_dead_letters(std::move(messages));
}

asio::awaitable<bool> outbox_relay::remove_published(std::vector<std::int64_t> sequences) {
    auto const problem = co_await settle(std::move(sequences));
    failures_.note(problem, options_.log);
    co_return problem.empty();
}

/// Returns the error; empty: done.
asio::awaitable<std::string> outbox_relay::settle(std::vector<std::int64_t> sequences) {
    auto remove = [table = table_, sequences, consumer = options_.consumer,
                   passed = progress_->cursor()]() -> std::string {
        try {
            table->settle(consumer, passed, sequences);
            return {};
        } catch (database_error const& error) {
            return error.what();
        }
    };
    auto problem = co_await blocking_call(strand_, std::move(remove));
    database_is_away_ = !problem.empty();
    if (problem.empty()) {
        for (auto const sequence : sequences)
            refusals_.erase(sequence);
        unpublished_ -= std::min<std::uint64_t>(unpublished_, sequences.size());
    }
    co_return problem;
}

asio::awaitable<void> outbox_relay::give_lease_back() {
    auto give = [table = table_, lease = outbox_table::lease_of(options_.consumer), holder = options_.holder] {
        try {
            table->give_lease_back(lease, holder);
        } catch (database_error const&) {
            // The lease expires by itself.
        }
        return true;
    };
    co_await blocking_call(strand_, std::move(give));
}

} // namespace rulehost
