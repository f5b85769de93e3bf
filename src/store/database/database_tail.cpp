#include "store/database/database_tail.hpp"

#include "sql/session/postgresql_listener.hpp"
#include "store/database/default_poll.hpp"
#include "text/failure_reason.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr duration max_look_time = 5s; ///< a longer poll counts as a lost connection

duration checked_poll(database_store_options const& options, database_kind kind) {
    auto const poll = options.poll.value_or(default_poll(kind));
    if (poll <= duration::zero())
        throw std::invalid_argument("a store cannot poll without a pause");
    return poll;
}

} // namespace

database_tail::database_tail(std::optional<asio::any_io_executor> executor, time_source& time,
                             database_caller& database, database_store_options const& options)
    : executor_(std::move(executor)),
      time_(time),
      database_(database),
      options_(options),
      poll_(checked_poll(options, database.url().kind)),
      tail_({poll_, database.url().kind == database_kind::postgresql, options.random}),
      mirror_(options.admit),
      wake_(time),
      last_look_(reading()) {}

database_tail::~database_tail() = default;

asio::awaitable<void> database_tail::run() {
    struct running {
        database_tail& of;
        ~running() {
            of.listener_.reset();
            of.is_running_ = false;
        }
    } const while_running{*this};
    last_look_ = reading();
    is_running_ = true;
    if (options_.notifications)
        options_.notifications([this] { wake_.interrupt(); });
    co_await restore();
    for (auto step = tail_.start();;) {
        auto result = change_tail::result::lost;
        std::string problem;
        try {
            result = co_await execute(step);
        } catch (store_unavailable const& error) {
            problem = error.what();
        } catch (std::bad_alloc const& error) {
            problem = database_.url().display() + ": " + failure_reason(error);
        }
        if (!problem.empty()) {
            lost(problem);
            listener_.reset();
        }
        step = tail_.next(result, view());
    }
}

asio::awaitable<change_tail::result> database_tail::execute(change_tail::step step) {
    switch (step.what) {
    case change_tail::action::look:
        co_await look();
        break;
    case change_tail::action::listen:
        co_return co_await listen();
    case change_tail::action::expire:
        co_return co_await expire();
    case change_tail::action::trim:
        co_return co_await trim();
    case change_tail::action::save:
        co_return co_await save();
    case change_tail::action::wait: {
        auto const ended_by = co_await wake_.at_most(step.length);
        if (ended_by == interruptible_sleep::end::interruption)
            co_return change_tail::result::woken;
        break;
    }
    case change_tail::action::pause:
        co_await time_.pause(step.length);
        break;
    }
    co_return change_tail::result::done;
}

change_tail::view database_tail::view() const {
    change_tail::view now;
    now.now = time_.elapsed();
    now.database_now = database_now();
    now.clock_is_doubtful = clock_.is_doubtful(reading());
    now.listening = listener_ != nullptr;
    now.next_expiry = mirror_.states().next_expiry();
    now.unsaved = !options_.snapshot_file.empty() && saved_ != mirror_.position();
    return now;
}

asio::awaitable<rule_snapshot> database_tail::load() {
    co_await restore();
    std::string problem;
    try {
        co_await catch_up();
        found();
    } catch (store_unavailable const& unavailable) {
        problem = unavailable.what();
    }
    if (!problem.empty()) {
        if (!mirror_.position())
            throw store_unavailable(problem);
        lost(problem);
    }
    co_return mirror_.snapshot(database_now());
}

asio::awaitable<std::optional<observation_base>> database_tail::base() {
    if (!mirror_.position() && feed_.has_subscribers())
        co_await catch_up();
    std::optional<observation_base> known;
    if (mirror_.position())
        known.emplace(observation_base{*mirror_.position(), mirror_.lists(), options_.admit});
    co_return known;
}

asio::awaitable<void> database_tail::look() {
    if (listener_ && listener_->drain() == postgresql_listener::link::lost) {
        listener_.reset();
        tail_.stopped_listening();
    }
    co_await catch_up();
    found();
}

/// Opens the connection for notifications. Without it (the server may be out of connections) the tail polls.
asio::awaitable<change_tail::result> database_tail::listen() {
    auto open = [](rule_database& database) {
        return std::make_shared<postgresql_listener>(database.url(), database.watch());
    };
    std::string problem;
    std::shared_ptr<postgresql_listener> opened;
    try {
        opened = co_await database_.call("listen", std::move(open));
    } catch (store_unavailable const& refused) {
        problem = refused.what();
    }
    try {
        if (opened)
            opened->watch(*executor_, [this] { wake_.interrupt(); });
    } catch (std::exception const& refused) { // out of descriptors, perhaps
        problem = failure_reason(refused);
    }
    if (problem.empty())
        listener_ = std::move(opened);
    notifications_.note(problem, options_.log);
    co_return problem.empty() ? change_tail::result::done : change_tail::result::refused;
}

asio::awaitable<void> database_tail::catch_up() {
    bool caught_up = false;
    for (bool history_is_complete = true;;) {
        struct look_at {
            std::optional<observation> seen;
            std::optional<duration> ahead;
            std::uint64_t replacements = 0;
        };
        auto const ours = reading();
        auto const measure = clock_.is_doubtful(ours);
        auto const known = mirror_.position();
        std::function<std::optional<observation>(rule_database&)> observe;
        // A snapshot lacks malformed rows, and rows that only another version accepts. Reads the changes first: they
        // include the last value of such a row. The rules of a snapshot have not passed the gate of this process.
        if (!known || !history_is_complete || (compare_all_ && caught_up)) {
            observe = [known, live = compare_all_ ? live_rules() : mirror_.live(), lists = mirror_.lists(),
                       gate = options_.admit](rule_database& database) {
                return observe_everything(database, known, live, lists, gate);
            };
        } else { // the usual case, without a copy of the many live rules
            observe = [from = observation_base{*known, mirror_.lists(), options_.admit}](rule_database& database) {
                return observe_changes(database, from);
            };
        }
        auto look_now = [measure, ours, observe = std::move(observe), &time = time_](rule_database& database) {
            look_at result;
            result.seen = observe(database);
            result.replacements = database.replacements();
            if (measure) {
                auto const before = time.elapsed();
                auto const there = database.clock();
                result.ahead = there - (ours.clock + ((before + time.elapsed()) / 2 - ours.elapsed));
            }
            return result;
        };
        auto result = co_await database_.call("look", std::move(look_now));
        replacements_ = result.replacements;
        if (result.ahead && clock_.set(*result.ahead, ours))
            saved_.reset();
        history_is_complete = result.seen.has_value();
        if (!history_is_complete)
            continue;
        auto const overtaken = result.seen->all && result.seen->based_on != mirror_.position();
        if (result.seen->all && !overtaken)
            compare_all_ = false;
        caught_up = result.seen->left == observation::rest::none && !overtaken;
        auto const more = !caught_up || compare_all_;
        apply(std::move(result.seen));
        if (!more)
            co_return;
    }
}

void database_tail::apply(std::optional<observation> seen) {
    if (!seen) {
        wake_.interrupt();
        return;
    }
    auto const before = mirror_.position();
    database_mirror::outcome outcome;
    try {
        outcome = mirror_.apply(std::move(*seen), database_now());
        if (before)
            report_replacement(*before, *mirror_.position());
        if (outcome.restarted)
            feed_.lag(*outcome.restarted);
        for (auto const& change : outcome.changes)
            feed_.publish(change);
    } catch (std::bad_alloc const&) {
        // How much was applied and published is unknown.
        compare_all_ = true;
        feed_.lag(mirror_.position() ? mirror_.position()->revision : 0);
        wake_.interrupt();
        throw;
    }
    if (options_.report)
        for (auto const& finding : outcome.findings)
            options_.report(finding);
    if (!outcome.changes.empty())
        wake_.interrupt(); // the next expiry may have moved
}

/// Logs that the database was replaced by another one, or reset to an older state.
void database_tail::report_replacement(database_position const& before, database_position const& now) {
    auto const is_another_file = std::exchange(known_replacements_, replacements_) != replacements_;
    auto const revisions = ": it was at revision " + std::to_string(before.revision) + " and is at revision " +
        std::to_string(now.revision);
    auto const place = database_.url().display() + ": ";
    if (before.database_id != now.database_id)
        log(place + "another database was put in its place" + revisions);
    else if (is_another_file)
        log(place + "another file was put in its place" + revisions);
    else if (now.revision < before.revision)
        log(place + "an older state of it was put in its place" + revisions);
}

/// Calls `function`. Returns why the database rejected the call; empty: it was done.
template <class Function>
asio::awaitable<std::string> database_tail::refusal_of(char const* name, Function function) {
    std::string problem;
    try {
        co_await database_.call(name, std::move(function));
    } catch (connection_lost const&) {
        throw;
    } catch (store_unavailable const& refused) {
        problem = refused.what();
    }
    co_return problem;
}

/// Removes expired rows. Every worker does so at the same instant; the database lets one of them remove the row.
asio::awaitable<change_tail::result> database_tail::expire() {
    auto const due = mirror_.states().expired(database_now());
    auto const ended = mirror_.states().ended(database_now());
    auto remove = [due, ended](rule_database& database) {
        for (auto const& [rule_id, expected] : due)
            database.remove_expired(rule_id, expected);
        for (auto const id : ended)
            database.remove_ended(id);
        return true;
    };
    std::string problem = "it may only be read"; // workers with write access remove them
    if (options_.access != database_access::read)
        problem = co_await refusal_of("expire", std::move(remove));
    expiries_.note(options_.access == database_access::read ? "" : problem, options_.log);
    clock_.invalidate(); // perhaps only our clock is ahead
    co_await catch_up();
    auto const left = mirror_.states().expired(database_now());
    auto const still = mirror_.states().ended(database_now());
    if (std::ranges::find_first_of(left, due) == left.end() && std::ranges::find_first_of(still, ended) == still.end())
        co_return change_tail::result::done;
    co_return problem.empty() ? change_tail::result::in_vain : change_tail::result::refused;
}

asio::awaitable<change_tail::result> database_tail::trim() {
    if (options_.access == database_access::read)
        co_return change_tail::result::done;
    auto remove = [keep = options_.keep_history](rule_database& database) {
        return database.trim(database.clock() - keep);
    };
    auto const problem = co_await refusal_of("trim", std::move(remove));
    trims_.note(problem, options_.log);
    co_return problem.empty() ? change_tail::result::done : change_tail::result::refused;
}

std::optional<time_point> database_tail::stale_since() const {
    return is_stale() ? std::optional(last_look_.clock) : std::nullopt;
}

std::optional<duration> database_tail::stale_for() const {
    return is_stale() ? std::optional(time_.elapsed() - last_look_.elapsed) : std::nullopt;
}

/// Whether the rules may be stale, also because of a call that hangs.
bool database_tail::is_stale() const {
    return is_lost_ || (is_running_ && time_.elapsed() - last_look_.elapsed > poll_ + max_look_time);
}

void database_tail::lost(std::string const& problem) {
    if (std::exchange(is_lost_, true))
        return;
    if (!mirror_.position()) {
        log(problem + "; there are no rules yet");
    } else if (snapshot_time_) {
        log(problem + "; started with the rules of revision " + std::to_string(mirror_.position()->revision) +
            " from the local snapshot of " + format_time(*snapshot_time_));
    } else {
        log(problem + "; the rules of revision " + std::to_string(mirror_.position()->revision) + " stay live");
    }
}

void database_tail::found() {
    snapshot_time_.reset();
    database_.found();
    auto const now = reading();
    if (std::exchange(is_lost_, false)) {
        log(database_.url().display() + ": back after " + format_roughly(now.elapsed - last_look_.elapsed) +
            ", at revision " + std::to_string(mirror_.position()->revision));
    }
    last_look_ = now;
}

void database_tail::log(std::string const& line) const {
    if (options_.log)
        options_.log(line);
}

} // namespace rulehost
