#include "delivery/tag_writer.hpp"

#include "async/backoff.hpp"
#include "async/blocking_call.hpp"
#include "async/memory_wait.hpp"
#include "async/notification.hpp"
#include "delivery/outbox_relay.hpp"
#include "delivery/spool.hpp"
#include "delivery/tag_lanes.hpp"
#include "delivery/tag_messages.hpp"
#include "delivery/tag_printer.hpp"
#include "delivery/tag_retention.hpp"
#include "delivery/tag_weight.hpp"
#include "text/failure_reason.hpp"
#include "time/even_time.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <iterator>
#include <list>
#include <map>
#include <new>
#include <system_error>
#include <type_traits>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr duration first_pause = 100ms;
constexpr duration longest_pause = 10s;
constexpr duration max_store_time =
    5s; // from then on the database counts as away, and after a while as a reason for no work

// Of one transaction. The keys of the indexes are random, so that each of many tags in a transaction costs fewer pages;
// there are never more than wait, and few wait while the database keeps up.
constexpr std::size_t most_of_a_group = 32'768;

std::size_t weight_of(tag_batch const& batch) {
    std::size_t total = 1;
    for (auto const& each : batch.tags)
        total += weight_of(each);
    for (auto const& each : batch.rejected)
        total += 1 + each.text.size() / 1024;
    return total;
}

} // namespace

class tag_writer::implementation {
public:
    implementation(asio::any_io_executor executor, asio::any_io_executor database, time_source& time,
                   tag_writer_options options)
        : executor_(executor),
          time_(time),
          even_(time),
          options_(std::move(options)),
          file_strand_(asio::make_strand(options_.files.value_or(database))),
          arrived_(executor),
          progress_(executor),
          pause_(first_pause, longest_pause, options_.random),
          spool_pause_(first_pause, longest_pause, options_.random) {
        if (!options_.database.empty()) {
            auto const url = parse_database_url(options_.database);
            shown_ = url.display();
            // SQLite lets one write at a time, and who waits for the other may starve: they take turns instead.
            if (url.kind == database_kind::sqlite)
                database = asio::make_strand(database);
            auto about = options_.outbox ? tag_table::messages_about(messages_about) : tag_table::messages_about();
            lanes_ = std::make_unique<tag_lanes>(executor_, database, url, options_.database_file, options_.calls,
                                                 std::move(about), options_.faults);
        }
        if (lanes_ && options_.publisher) {
            outbox_relay_options relayed;
            relayed.database = options_.database;
            relayed.database_file = options_.database_file;
            relayed.limit = options_.outbox_limit;
            relayed.log = options_.log;
            relayed.calls = options_.calls;
            relayed.database_clock = options_.database_clock;
            relayed.random = options_.random;
            relayed.bury = [this](std::vector<undeliverable_message> messages) {
                std::string lines;
                for (auto const& each : messages)
                    lines += to_ndjson(each.message, each.reason, time_.now());
                return bury(std::move(lines), messages.size());
            };
            relay_ =
                std::make_unique<outbox_relay>(executor_, database, time_, *options_.publisher, std::move(relayed));
        }
        if (lanes_ && options_.retention > duration::zero()) {
            tag_retention_options old;
            old.database = options_.database;
            old.database_file = options_.database_file;
            old.keep = options_.retention;
            old.log = options_.log;
            old.calls = options_.calls;
            old.database_clock = options_.database_clock;
            retention_ = std::make_unique<tag_retention>(database, time_, std::move(old));
        }
        if (options_.printed) {
            auto const how = lanes_ ? options_.printing : tag_printer::policy::required;
            printer_ = std::make_unique<tag_printer>(executor_, time_, *options_.printed, how, options_.most_waiting,
                                                     options_.log);
        }
        if (!options_.dead_letters.empty())
            dead_letters_ = std::make_shared<dead_letter_file const>(options_.dead_letters, options_.dead_letter_limit);
    }

    asio::awaitable<std::vector<input_position>> positions(std::vector<std::string> inputs) {
        co_await open_spool();
        std::vector<input_position> known;
        std::erase_if(inputs, [&](std::string const& input) {
            auto const found = spooled_positions_.find(input);
            if (found != spooled_positions_.end())
                known.push_back({input, found->second});
            return found != spooled_positions_.end();
        });
        if (!lanes_ || inputs.empty())
            co_return known;
        for (;;) {
            std::optional<database_error> problem;
            try {
                auto of_database = co_await lanes_->positions(inputs);
                found();
                std::ranges::move(of_database, std::back_inserter(known));
                co_return known;
            } catch (database_error const& error) {
                problem = error;
            }
            lost(problem->what(), "no input is opened before it tells how far it was read");
            co_await time_.pause(pause_.next());
        }
    }

    asio::awaitable<void> enqueue(tag_batch batch) {
        while (weight_ >= options_.most_waiting && !closed_)
            co_await progress_.wait();
        if (closed_)
            throw boost::system::system_error(asio::error::operation_aborted);
        auto make_room = [this] { queue_.emplace_back(); };
        co_await until_there_is_memory(time_, make_room);
        auto const weight = weight_of(batch);
        weight_ += weight;
        ++enqueued_;
        queue_.back() = {std::move(batch), weight};
        arrived_.notify();
    }

    asio::awaitable<void> run() {
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
        if (relay_)
            tasks.spawn("outbox", relay_->run());
        if (retention_)
            tasks.spawn("retention of tags", retention_->run());
        co_await tasks.join();
    }

    void close() {
        closed_ = true;
        progress_.notify();
    }

    asio::awaitable<void> drain() {
        auto const last = enqueued_;
        while (durable_ < last)
            co_await progress_.wait();
        if (printer_ && printer_->how() == tag_printer::policy::patient)
            co_await printer_->drain();
    }

    asio::awaitable<void> drain_printed() {
        if (printer_)
            co_await printer_->drain();
    }

    asio::awaitable<void> drain_outbox() {
        if (relay_)
            co_await relay_->drain();
    }

    statistics counts() const {
        auto counts = counts_;
        for (auto const& each : queue_)
            counts.waiting += each.batch.tags.size();
        counts.waiting += current_ ? current_->tags.size() : 0;
        counts.unprinted = printer_ ? printer_->dropped() : 0;
        counts.unpublished = relay_ ? relay_->unpublished() : 0;
        counts.overflowed = relay_ ? relay_->overflowed() : 0;
        counts.expired = retention_ ? retention_->deleted() : 0;
        // A call that does not come back tells nothing by itself.
        auto const now = time_.elapsed();
        auto since = lost_since_;
        if (!since && !storing_.empty() && now - storing_.front().second > max_store_time)
            since = storing_.front();
        if (since) {
            counts.database_lost_since = since->first;
            counts.database_lost_for = now - since->second;
        }
        return counts;
    }

private:
    struct waiting_batch {
        tag_batch batch;
        std::size_t weight = 0;
    };

    /// Batches that are stored together.
    struct group {
        std::vector<waiting_batch> batches; ///< owns the memory of the rest
        std::vector<tag const*> tags;       ///< not yet stored, and not refused
        std::vector<tag const*> fresh;      ///< stored, and new
        std::vector<input_position> positions;

        bool has_more() const { return !tags.empty() || !positions.empty(); }
    };
    using group_ptr = std::shared_ptr<group>; ///< a database call keeps it alive

    using instant = std::pair<time_point, duration>; ///< by the clock, and by `elapsed`

    /// An attempt to store, from its begin to its end.
    class call_under_way {
    public:
        explicit call_under_way(implementation& of)
            : of_(of), here_(of.storing_.insert(of.storing_.end(), {of.time_.now(), of.time_.elapsed()})) {}
        call_under_way(call_under_way const&) = delete;
        call_under_way& operator=(call_under_way const&) = delete;
        ~call_under_way() { of_.storing_.erase(here_); }

    private:
        implementation& of_;
        std::list<instant>::iterator here_;
    };

    /// The spool, and what it has to say once we are back on the loop. Used on the file strand.
    struct spool_files {
        std::vector<std::string> reports;
        std::optional<spool> files;
    };

    /// Writes what is enqueued, one group after the other.
    asio::awaitable<void> write() {
        for (;;) {
            while (queue_.empty())
                co_await arrived_.wait();
            group_ptr next;
            auto take = [&] {
                if (!next)
                    next = std::make_shared<group>();
                take_group(*next);
            };
            co_await until_there_is_memory(time_, take);
            current_ = next;
            auto letters = rejected_lines(*next);
            co_await bury(std::move(letters), rejected_count(*next));
            if (lanes_) {
                co_await make_durable(next);
                co_await announce(next->fresh);
            } else {
                co_await announce(next->tags);
                next->tags.clear();
            }
            current_.reset();
            finish(*next);
        }
    }

    /// Returns when what is left of the group is in the database or the spool.
    asio::awaitable<void> make_durable(group_ptr what) {
        while (what->has_more()) {
            if (!away_) {
                auto const failure = co_await try_store(what);
                if (!failure) {
                    found();
                    co_return;
                }
                auto const problem = std::string(failure->what());
                next_attempt_ = even_.now() + pause_.next();
                if (spool_) {
                    lost(problem, "what comes is spooled in " + options_.spool.string());
                    away_ = true;
                    progress_.notify();
                } else {
                    lost(problem, "inputs are read until " + std::to_string(options_.most_waiting) + " tags wait");
                    co_await even_.sleep_until(next_attempt_);
                }
                continue;
            }
            // While the database takes back what was spooled, twice as much goes out as comes in.
            if (!catching_up_ || 2 * kept_ <= replayed_) {
                keeping_ = true;
                auto const outcome = co_await keep(what);
                keeping_ = false;
                progress_.notify();
                if (outcome == spool::outcome::kept)
                    co_return;
            }
            co_await progress_.wait();
        }
    }

    asio::awaitable<spool::outcome> keep(group_ptr what) {
        struct appended {
            spool::outcome outcome;
            std::uint64_t bytes;
        };
        auto append = [what](spool& files) {
            auto const before = files.bytes();
            auto const outcome = files.append(what->tags, what->positions);
            return appended{outcome, files.bytes() - before};
        };
        std::string problem;
        appended done{spool::outcome::no_room, 0};
        try {
            done = co_await with_spool(std::move(append));
        } catch (boost::system::system_error const&) {
            throw; // a cancellation
        } catch (std::exception const& error) {
            problem = failure_reason(error);
        }
        tell_of_spool(keeping_fails_, problem, "written");
        if (!problem.empty())
            co_return spool::outcome::no_room;
        auto const [outcome, bytes] = done;
        auto const full = outcome == spool::outcome::no_room;
        if (full && !full_)
            log("the spool " + options_.spool.string() + " has no more room at " +
                std::to_string(counts_.spooled_bytes) + " bytes; inputs wait for the database");
        full_ = full;
        if (!full) {
            kept_ += bytes;
            what->tags.clear();
            what->positions.clear();
        }
        co_return outcome;
    }

    /// Brings back what was spooled, whenever the database is there again.
    asio::awaitable<void> replay() {
        group_ptr current;
        for (;;) {
            while (!away_)
                co_await progress_.wait();
            co_await even_.sleep_until(next_attempt_);
            if (!current) {
                auto read = [](spool& files) { return files.front(most_of_a_group); };
                auto page = co_await with_spool_at_last(std::move(read));
                if (page.bytes == 0) {
                    co_await end_replay();
                    continue;
                }
                current = group_of(std::move(page));
            }
            auto const failure = co_await try_store(current);
            co_await announce(current->fresh);
            current->fresh.clear();
            if (failure) {
                lost(failure->what(), "what comes is spooled in " + options_.spool.string());
                next_attempt_ = even_.now() + pause_.next();
                catching_up_ = false;
                progress_.notify();
                continue;
            }
            found();
            auto forget = [](spool& files) {
                auto const before = files.bytes();
                files.pop();
                return before - files.bytes();
            };
            auto const forgotten = co_await with_spool_at_last(std::move(forget));
            if (!std::exchange(catching_up_, true))
                kept_ = replayed_ = 0;
            replayed_ += forgotten;
            current.reset();
            progress_.notify();
        }
    }

    /// The spool is empty: from here on what comes goes to the database, unless a group is on its way to the spool.
    asio::awaitable<void> end_replay() {
        if (keeping_) {
            co_await progress_.wait();
            co_return;
        }
        away_ = false;
        catching_up_ = false;
        spooled_positions_.clear();
        progress_.notify();
    }

    asio::awaitable<void> open_spool() {
        if (options_.spool.empty() || !lanes_)
            co_return;
        if (std::exchange(opening_, true)) { // `positions` and `run` both need it
            while (!spool_)
                co_await progress_.wait();
            co_return;
        }
        auto const opened = std::make_shared<spool_files>();
        auto open = [files = opened, directory = options_.spool, limit = options_.spool_limit] {
            auto const segment = std::clamp<std::uint64_t>(limit / 8, 1 << 16, 64 << 20);
            auto report = [&reports = files->reports](std::string const& line) { reports.push_back(line); };
            files->files.emplace(directory, limit, std::move(report), segment);
            return files->files->positions();
        };
        spooled_positions_ = co_await blocking_call(file_strand_, std::move(open));
        spool_ = opened;
        counts_.spooled_bytes = opened->files->bytes();
        for (auto const& line : std::exchange(opened->reports, {}))
            log(line);
        if (counts_.spooled_bytes > 0) {
            log(std::to_string(counts_.spooled_bytes) + " bytes of an earlier run are in the spool " +
                options_.spool.string() + "; they are stored first");
            away_ = true;
        }
        progress_.notify();
    }

    /// Runs `function(spool&)` where files are worked on.
    template <class Function>
    asio::awaitable<std::invoke_result_t<Function&, spool&>> with_spool(Function function) {
        struct answer {
            std::invoke_result_t<Function&, spool&> result;
            std::vector<std::string> reports;
            std::uint64_t bytes = 0;
        };
        auto work = [files = spool_, function = std::move(function)]() mutable {
            auto result = function(*files->files);
            return answer{std::move(result), std::exchange(files->reports, {}), files->files->bytes()};
        };
        auto done = co_await blocking_call(file_strand_, std::move(work));
        counts_.spooled_bytes = done.bytes;
        for (auto const& line : done.reports)
            log(line);
        co_return std::move(done.result);
    }

    /// As `with_spool`, until the disk takes part.
    template <class Function>
    asio::awaitable<std::invoke_result_t<Function&, spool&>> with_spool_at_last(Function function) {
        for (;;) {
            std::string problem;
            std::optional<std::invoke_result_t<Function&, spool&>> result;
            try {
                auto again = function;
                result.emplace(co_await with_spool(std::move(again)));
            } catch (boost::system::system_error const&) {
                throw; // a cancellation
            } catch (std::exception const& error) {
                problem = failure_reason(error);
            }
            tell_of_spool(replay_fails_, problem, "read");
            if (result) {
                spool_pause_.reset();
                co_return std::move(*result);
            }
            progress_.notify(); // what is to be kept is tried again as well
            auto const next = even_.now() + spool_pause_.next();
            co_await even_.sleep_until(next);
        }
    }

    /// One line when the spool begins to fail, and one when it works again.
    void tell_of_spool(bool& fails, std::string const& problem, std::string const& again) {
        if (std::exchange(fails, !problem.empty()) != fails)
            log(fails ? problem + "; inputs wait for the spool or the database"
                      : "the spool " + options_.spool.string() + " is " + again + " again");
    }

    /// Records of the spool, to be stored in one transaction.
    static group_ptr group_of(spool::page page) {
        auto const made = std::make_shared<group>();
        tag_batch batch;
        batch.tags = std::move(page.tags);
        made->batches.push_back({std::move(batch), 0});
        for (auto const& each : made->batches.front().batch.tags)
            made->tags.push_back(&each);
        std::map<std::string, std::string> places;
        for (auto& each : page.positions)
            places[each.input] = std::move(each.place);
        for (auto const& [input, place] : places)
            made->positions.push_back({input, place});
        return made;
    }

    /// Goes on where a call before it stopped for want of memory.
    void take_group(group& next) {
        std::size_t weight = 0;
        for (auto const& each : next.batches)
            weight += each.weight;
        std::map<std::string, std::string> places;
        while (!queue_.empty() && (next.batches.empty() || weight + queue_.front().weight <= most_of_a_group)) {
            weight += queue_.front().weight;
            next.batches.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        next.tags.clear();
        next.positions.clear();
        for (auto const& [batch, ignored] : next.batches) {
            for (auto const& each : batch.tags)
                next.tags.push_back(&each);
            if (batch.position)
                places[batch.position->input] = batch.position->place;
        }
        for (auto const& [input, place] : places)
            next.positions.push_back({input, place});
    }

    /// All of a group is durable.
    void finish(group& done) {
        for (auto& [batch, weight] : done.batches) {
            weight_ -= weight;
            ++durable_;
            if (batch.stored)
                batch.stored();
        }
        progress_.notify();
    }

    /// One attempt; returns why it failed. What it did before is kept in the group, so that the next one goes on from there.
    asio::awaitable<std::optional<database_error>> try_store(group_ptr what) {
        std::optional<database_error> problem;
        try {
            problem = co_await store(what);
        } catch (std::bad_alloc const& error) {
            problem.emplace(database_error::kind::other, failure_reason(error));
        }
        co_return problem;
    }

    asio::awaitable<std::optional<database_error>> store(group_ptr what) {
        traced_span span(options_.trace, time_, "ttp.tag.write");
        span.note("tags", static_cast<std::int64_t>(what->tags.size()));
        while (what->has_more()) {
            call_under_way const storing(*this);
            auto done = co_await lanes_->store(what, what->tags, what->positions);
            counts_.stored += done.fresh.size();
            counts_.known += done.known;
            if (relay_ && !done.fresh.empty())
                relay_->notify();
            std::ranges::copy(done.fresh, std::back_inserter(what->fresh));
            what->tags = std::move(done.left);
            if (done.positions_are_stored)
                what->positions.clear();
            std::string refused;
            for (auto const& each : done.refused)
                refused += to_ndjson(*each.which, each.reason, time_.now());
            co_await bury(std::move(refused), done.refused.size());
            if (done.problem)
                co_return std::move(done.problem);
        }
        co_return std::nullopt;
    }

    /// Tells of what is new.
    asio::awaitable<void> announce(std::vector<tag const*> const& fresh) {
        if (fresh.empty())
            co_return;
        try {
            if (options_.stored)
                options_.stored(fresh);
        } catch (std::exception const& error) {
            log("listeners are not told of " + std::to_string(fresh.size()) + " tags: " + failure_reason(error));
        }
        if (printer_)
            co_await printer_->print(fresh);
    }

    std::string rejected_lines(group const& of) {
        std::string lines;
        if (!dead_letters_)
            return lines;
        for (auto const& [batch, ignored] : of.batches) {
            for (auto const& each : batch.rejected) {
                try {
                    lines += to_ndjson(each, time_.now());
                } catch (std::bad_alloc const&) {
                    ++counts_.dead_dropped;
                }
            }
        }
        return lines;
    }

    static std::size_t rejected_count(group const& of) {
        std::size_t count = 0;
        for (auto const& [batch, ignored] : of.batches)
            count += batch.rejected.size();
        return count;
    }

    /// Returns when `lines` are on the disk, or cannot be.
    asio::awaitable<void> bury(std::string lines, std::size_t count) {
        counts_.dead += count;
        if (!dead_letters_ || lines.empty())
            co_return;
        struct answer {
            std::size_t dropped;
            std::string problem;
        };
        auto append = [file = dead_letters_, lines = std::move(lines), count]() -> answer {
            try {
                return {file->append(lines), {}};
            } catch (std::exception const& error) {
                return {count, failure_reason(error)};
            }
        };
        auto const [dropped, problem] = co_await blocking_call(file_strand_, std::move(append));
        counts_.dead_dropped += dropped;
        if (std::exchange(burying_fails_, !problem.empty()) != burying_fails_)
            log(burying_fails_ ? problem + "; they are dropped" : "dead letters are written again");
    }

    void lost(std::string const& problem, std::string const& meanwhile) {
        if (!lost_since_) {
            lost_since_ = {time_.now(), time_.elapsed()};
            log(shown_ + ": " + problem + "; " + meanwhile);
        }
    }

    void found() {
        pause_.reset();
        if (auto const since = std::exchange(lost_since_, std::nullopt))
            log(shown_ + ": back after " + format_roughly(time_.elapsed() - since->second));
    }

    void log(std::string const& line) const {
        if (options_.log)
            options_.log(line);
    }

    asio::any_io_executor executor_;
    time_source& time_;
    even_time even_;
    tag_writer_options options_;
    asio::any_io_executor file_strand_;        ///< a database that does not answer must not stop it
    std::string shown_;                        ///< the URL for people
    std::unique_ptr<tag_lanes> lanes_;         ///< null: no database
    std::unique_ptr<outbox_relay> relay_;      ///< null: this worker publishes nothing
    std::unique_ptr<tag_retention> retention_; ///< null: tags are kept
    std::unique_ptr<tag_printer> printer_;     ///< null: nothing is printed
    std::shared_ptr<dead_letter_file const> dead_letters_;
    std::shared_ptr<spool_files> spool_;                   ///< null: none, or not yet opened
    std::map<std::string, std::string> spooled_positions_; ///< as of the start

    bool opening_ = false;
    bool closed_ = false; ///< nobody will make room any more

    // While the database is away everything goes through the spool, until that is empty again.
    bool away_ = false;
    bool keeping_ = false;     ///< a group is on its way to the spool
    bool catching_up_ = false; ///< the database takes what was spooled
    bool full_ = false;        ///< the spool refused the last group
    std::uint64_t kept_ = 0;   ///< bytes, since it began to catch up
    std::uint64_t replayed_ = 0;
    time_point next_attempt_{}; ///< of `even_`

    std::deque<waiting_batch> queue_;
    group_ptr current_; ///< the group that `write` stores; null: none
    std::size_t weight_ = 0;
    std::uint64_t enqueued_ = 0; ///< batches
    std::uint64_t durable_ = 0;  ///< of those, from the first on
    notification arrived_;
    notification progress_;
    backoff pause_;
    backoff spool_pause_;
    bool keeping_fails_ = false; ///< for another reason than room
    bool replay_fails_ = false;
    bool burying_fails_ = false;
    std::optional<instant> lost_since_;
    std::list<instant> storing_; ///< the attempts under way, oldest first
    statistics counts_;
};

tag_writer::tag_writer(asio::any_io_executor executor, asio::any_io_executor database, time_source& time,
                       tag_writer_options options)
    : implementation_(
          std::make_unique<implementation>(std::move(executor), std::move(database), time, std::move(options))) {}

tag_writer::~tag_writer() = default;

asio::awaitable<std::vector<input_position>> tag_writer::positions(std::vector<std::string> inputs) {
    return implementation_->positions(std::move(inputs));
}

asio::awaitable<void> tag_writer::enqueue(tag_batch batch) {
    return implementation_->enqueue(std::move(batch));
}

asio::awaitable<void> tag_writer::run() {
    return implementation_->run();
}

void tag_writer::close() {
    implementation_->close();
}

asio::awaitable<void> tag_writer::drain() {
    return implementation_->drain();
}

asio::awaitable<void> tag_writer::drain_printed() {
    return implementation_->drain_printed();
}

asio::awaitable<void> tag_writer::drain_outbox() {
    return implementation_->drain_outbox();
}

tag_writer::statistics tag_writer::counts() const {
    return implementation_->counts();
}

} // namespace rulehost
