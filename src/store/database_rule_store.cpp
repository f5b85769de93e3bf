#include <rulehost/database_rule_store.hpp>

#include "async/blocking_call.hpp"
#include "async/interruptible_sleep.hpp"
#include "rule/rule_id.hpp"
#include "sql/postgresql_listener.hpp"
#include "sql/rule_database.hpp"
#include "store/change_feed.hpp"
#include "store/database_mirror.hpp"
#include "store/local_snapshot.hpp"
#include "text/failure_reason.hpp"
#include "text/utf8.hpp"

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <new>
#include <random>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr duration first_pause = 100ms;
constexpr duration longest_pause = 10s;
constexpr duration longest_revert_pause = 1s;
constexpr duration clock_refresh = 60s;
constexpr duration clock_tolerance = 100ms; ///< of what is taken for a clock that was set
constexpr duration longest_trust = 1s;      ///< in a clock that may have been set
constexpr duration worth_saving = 1s;
constexpr duration poll_of_the_deaf = 250ms; ///< where notifications are the rule, and there are none
constexpr duration trim_interval = 1h;
constexpr duration snapshot_interval = 1s;
constexpr duration max_snapshot_pause = 60s; ///< between attempts to save one
constexpr std::size_t max_told_rows = 10;    ///< of a snapshot that cannot be read
constexpr int confirmations = 5;
constexpr duration max_look_time = 5s; ///< a slower connection counts as bad

/// The connection went away.
class connection_lost : public store_unavailable {
public:
    using store_unavailable::store_unavailable;
};

/// It went away in the middle of a commit, which may or may not be done.
class answer_lost : public connection_lost {
public:
    using connection_lost::connection_lost;
};

duration default_poll(database_kind kind) {
    switch (kind) {
    case database_kind::sqlite:
        return 50ms;
    case database_kind::postgresql:
        return 5s;
    case database_kind::mysql:
        return 250ms;
    }
    return 250ms;
}

std::function<double()> system_randomness() {
    return [engine = std::mt19937(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

} // namespace

class database_rule_store::implementation {
public:
    implementation(std::optional<asio::any_io_executor> executor, std::optional<asio::any_io_executor> database,
                   std::unique_ptr<time_source> own_time, time_source& time, database_store_options options)
        : executor_(std::move(executor)),
          own_time_(std::move(own_time)),
          time_(time),
          options_(std::move(options)),
          url_(parse_database_url(options_.url)),
          poll_(options_.poll.value_or(default_poll(url_.kind))),
          database_(std::make_shared<rule_database>(url_, options_.database_clock, options_.calls)),
          mirror_(options_.admit),
          wake_(time),
          last_look_(time) {
        if (poll_ <= duration::zero()) {
            throw std::invalid_argument("a store cannot poll without a pause");
        }
        if (database) {
            strand_ = asio::make_strand(*database); // one session, one thread at a time
        }
        if (!options_.random) {
            options_.random = system_randomness();
        }
    }

    asio::awaitable<void> run() {
        struct running {
            implementation& of;
            ~running() {
                of.listener_.reset();
                of.following_ = false;
            }
        } const while_running{*this};
        last_look_ = clock_reading(time_);
        following_ = true;
        if (options_.notifications) {
            options_.notifications([this] { wake_.interrupt(); });
        }
        co_await restore();
        auto pause = first_pause;
        for (;;) {
            std::string problem;
            try {
                co_await follow();
            } catch (store_unavailable const& lost) {
                problem = lost.what();
            } catch (std::bad_alloc const& error) {
                problem = url_.display() + ": " + failure_reason(error);
            }
            if (problem.empty()) {
                pause = first_pause;
                co_await wait(next_look());
                continue;
            }
            lost(problem);
            listener_.reset();
            // Half of it is random, so that a swarm does not come back in one instant.
            auto const spread = pause / 2 + std::chrono::duration_cast<duration>(pause * options_.random() / 2);
            pause = std::min(2 * pause, longest_pause);
            co_await time_.pause(spread);
        }
    }

    asio::awaitable<rule_snapshot> load_compiled() {
        co_await restore();
        std::string problem;
        try {
            co_await catch_up();
            found();
        } catch (store_unavailable const& unavailable) {
            problem = unavailable.what();
        }
        if (!problem.empty()) {
            if (!mirror_.position()) {
                throw store_unavailable(problem);
            }
            lost(problem);
        }
        co_return mirror_.snapshot(database_now());
    }

    asio::awaitable<rule_state> get_state(std::string rule_id) {
        struct found_state {
            std::optional<stored_state> stored;
            time_point now;
        };
        auto read = [rule_id](rule_database& database) {
            return found_state{database.state(rule_id), database.clock()};
        };
        auto const found = co_await call("get_state", std::move(read));
        if (!found.stored) {
            co_return rule_state();
        }
        if (why_unusable(rule_id, found.stored->value).empty()) {
            co_return effective(std::get<rule_state>(found.stored->value), found.now);
        }
        co_return mirror_.states().effective(rule_id, found.now); // the last-known-good one
    }

    asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                          std::optional<revision> expected) {
        state.set_by = std::move(set_by);
        require_storable(rule_id, state);
        auto const known = co_await base();
        auto const attempt = std::make_shared<rule_state>(std::move(state)); // with the time, when the answer is lost
        auto write = [rule_id, attempt, expected, known](rule_database& database) {
            attempt->set_at = database.clock();
            auto outcome = database.write_state(rule_id, *attempt, expected);
            if (auto const* const stored = std::get_if<rule_state>(&outcome);
                stored && stored->expires_at && *stored->expires_at <= *stored->set_at) {
                afterwards([&] { database.remove_expired(rule_id, stored->revision); });
            }
            return decision{std::move(outcome), look(database, known)};
        };
        std::string doubt;
        try {
            auto done = co_await call("set_state", std::move(write));
            apply(std::move(done.seen));
            co_return settled(rule_id, std::move(done.outcome));
        } catch (answer_lost const& problem) {
            doubt = problem.what();
        }
        co_return co_await confirmed(rule_id, *attempt, doubt);
    }

    asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by, std::optional<revision> expected) {
        rule_state by;
        by.set_by = set_by;
        bool misnamed = false;
        if (!is_rule_id(rule_id)) {
            misnamed = co_await has_row(rule_id);
        }
        if (misnamed) {
            require_author(set_by);
        } else {
            require_storable(rule_id, by);
        }
        auto const known = co_await base();
        auto const attempt = std::make_shared<removal>();
        auto remove = [rule_id, set_by, expected, known, attempt](rule_database& database) {
            if (attempt->begun && (!attempt->row || database.find_removal(rule_id, set_by, *attempt->row))) {
                return decision{rule_state(), look(database, known)};
            }
            if (!attempt->begun) {
                auto const present = database.state(rule_id);
                attempt->row = present ? std::optional(present->revision) : std::nullopt;
                attempt->begun = true;
                auto outcome = database.remove_state(rule_id, set_by, expected);
                return decision{std::move(outcome), look(database, known)};
            }
            auto outcome = database.remove_state(rule_id, set_by, expected, attempt->row);
            return decision{std::move(outcome), look(database, known)};
        };
        std::optional<decision> done;
        try {
            done.emplace(co_await call("clear_state", remove));
        } catch (answer_lost const&) {
            // Whether it was done is found out below; what was decided since then is not cleared.
        }
        if (!done) {
            try {
                done.emplace(co_await call("clear_state", std::move(remove)));
            } catch (store_unavailable const& problem) {
                throw store_unavailable(problem.what() + std::string(" (whether the state was cleared is not known)"));
            }
        }
        apply(std::move(done->seen));
        auto const* const conflict = std::get_if<rule_database::conflict>(&done->outcome);
        if (conflict && conflict->current == rule_state() && expected.value_or(0) == 0) {
            co_return rule_state(); // somebody else has cleared it, or it has expired
        }
        co_return settled(rule_id, std::move(done->outcome));
    }

    asio::awaitable<revision> upsert_rule(std::shared_ptr<rule_definition const> definition, std::string source_path,
                                          std::string updated_by, std::optional<lease_claim> under) {
        stored_rule row;
        row.rule_id = definition->rule_id;
        row.source_path = std::move(source_path);
        row.yaml_content = definition->text;
        row.updated_by = std::move(updated_by);
        auto write = [row, definition, under](rule_database& database) {
            return database.write_rule(row, definition->rule_version, definition->content_hash, under);
        };
        auto const written = co_await repeatable("upsert_rule", std::move(write));
        co_return written;
    }

    asio::awaitable<bool> delete_rule(std::string rule_id, std::string deleted_by, std::optional<lease_claim> under) {
        auto remove = [rule_id, deleted_by, under](rule_database& database) {
            return database.remove_rule(rule_id, deleted_by, under);
        };
        auto const removed = co_await repeatable("delete_rule", std::move(remove));
        co_return removed;
    }

    asio::awaitable<std::size_t> count_deleted(std::string deleted_by, duration ago) {
        auto count = [deleted_by, ago](rule_database& database) { return database.count_deleted(deleted_by, ago); };
        auto const counted = co_await call("count_deleted", std::move(count));
        co_return counted;
    }

    asio::awaitable<void> begin_first_pass(lease_claim under) {
        auto begin = [under](rule_database& database) {
            database.begin_first_pass(under);
            return true;
        };
        co_await call("begin_first_pass", std::move(begin));
    }

    asio::awaitable<void> end_first_pass(lease_claim under) {
        auto end = [under](rule_database& database) {
            database.end_first_pass(under);
            return true;
        };
        co_await call("end_first_pass", std::move(end));
    }

    asio::awaitable<void> note_quarantine(std::vector<quarantined_rule> texts, lease_claim under) {
        std::vector<quarantined_row> rows;
        for (auto const& each : texts) {
            rows.push_back({under.name, each.rule_id, each.path, to_json(each.diagnostics), {}});
        }
        auto write = [rows, under](rule_database& database) {
            database.write_quarantine(rows, under);
            return true;
        };
        co_await call("note_quarantine", std::move(write));
    }

    asio::awaitable<std::vector<quarantined_text>> list_quarantined_texts() {
        auto read = [](rule_database& database) { return database.quarantine(); };
        auto rows = co_await call("list_quarantined_texts", std::move(read));
        std::vector<quarantined_text> all;
        for (auto& row : rows) {
            all.push_back({std::move(row.projection), std::move(row.rule_id), std::move(row.source_path),
                           std::move(row.findings), row.since});
        }
        co_return all;
    }

    asio::awaitable<std::vector<rule_row>> list_rules() {
        auto read = [](rule_database& database) { return database.rules(); };
        auto rows = co_await call("list_rules", std::move(read));
        std::vector<rule_row> all;
        for (auto& row : rows) {
            all.push_back({std::move(row.rule_id), std::move(row.yaml_content), std::move(row.source_path),
                           std::move(row.updated_by), row.revision});
        }
        co_return all;
    }

    asio::awaitable<std::map<std::string, rule_state>> list_states() {
        struct found_states {
            std::vector<stored_state> rows;
            time_point now;
        };
        auto read = [](rule_database& database) { return found_states{database.states(), database.clock()}; };
        auto found = co_await call("list_states", std::move(read));
        std::map<std::string, rule_state> all;
        for (auto& row : found.rows) {
            if (why_unusable(row.rule_id, row.value).empty()) {
                all.emplace(std::move(row.rule_id), effective(std::get<rule_state>(row.value), found.now));
            }
        }
        co_return all;
    }

    asio::awaitable<std::vector<quarantined_rule>> list_damaged_states() {
        auto read = [](rule_database& database) { return database.states(); };
        auto const rows = co_await call("list_damaged_states", std::move(read));
        std::vector<quarantined_rule> damaged;
        for (auto const& row : rows) {
            if (auto const why = why_unusable(row.rule_id, row.value); !why.empty()) {
                damaged.push_back(damaged_state(row.rule_id, why));
            }
        }
        co_return damaged;
    }

    asio::awaitable<time_point> clock() {
        auto read = [](rule_database& database) { return database.clock(); };
        auto const now = co_await call("clock", std::move(read));
        co_return now;
    }

    asio::awaitable<std::vector<history_entry>> history(std::string rule_id, revision after, std::size_t limit) {
        auto read = [rule_id, after, limit](rule_database& database) {
            return database.history(rule_id, after, limit);
        };
        auto rows = co_await call("history", std::move(read));
        std::vector<history_entry> all;
        for (auto& row : rows) {
            all.push_back({row.revision, std::move(row.rule_id), std::move(row.kind), row.changed_at,
                           std::move(row.changed_by), std::move(row.detail)});
        }
        co_return all;
    }

    asio::awaitable<bool> take_lease(std::string name, std::string holder, duration length) {
        auto take = [name, holder, length](rule_database& database) {
            return database.take_lease(name, holder, length);
        };
        auto const taken = co_await call("take_lease", std::move(take));
        co_return taken;
    }

    asio::awaitable<void> give_lease_back(std::string name, std::string holder) {
        auto give = [name, holder](rule_database& database) {
            database.give_lease_back(name, holder);
            return true;
        };
        co_await call("give_lease_back", std::move(give));
    }

    change_feed& feed() { return feed_; }
    expiry_clock const& expiries() const { return expiries_; }
    std::optional<time_point> stale_since() const {
        return is_stale() ? std::optional(last_look_.clock) : std::nullopt;
    }
    std::optional<duration> stale_for() const {
        return is_stale() ? std::optional(time_.elapsed() - last_look_.elapsed) : std::nullopt;
    }
    std::string const& gone() const { return gone_; }

private:
    /// A decision that was made or refused, and what there is to see since.
    struct decision {
        rule_database::state_outcome outcome;
        std::optional<observation> seen;
    };

    /// A removal of a state that was tried: the row that was to go, once there was a look at it.
    struct removal {
        bool begun = false;
        std::optional<revision> row;
    };

    /// Our clock at some instant, and what tells whether it was set since then.
    struct clock_reading {
        explicit clock_reading(time_source const& time) : clock(time.now()), elapsed(time.elapsed()) {}
        time_point clock;
        duration elapsed;
    };

    /// Runs `function(rule_database&)` where database calls run. Throws `store_unavailable`, which tells by its type
    /// when the connection was lost, or the call refused.
    template <class Function>
    asio::awaitable<std::invoke_result_t<Function&, rule_database&>> call(char const* name, Function function) {
        try {
            if (options_.faults.before) {
                co_await options_.faults.before(name);
            }
            auto result = co_await off_the_loop(std::move(function));
            if (options_.faults.after) {
                co_await options_.faults.after(name);
            }
            co_return result;
        } catch (database_error const& error) {
            auto const text = url_.display() + ": " + error.what();
            switch (error.what_kind()) {
            case database_error::kind::lost:
                throw connection_lost(text);
            case database_error::kind::in_doubt:
                throw answer_lost(text);
            case database_error::kind::moved:
                gone_ = text;
                throw connection_lost(text);
            case database_error::kind::other:
                throw call_refused(text);
            case database_error::kind::unsupported:
                throw store_unsupported(text);
            default:
                throw store_unavailable(text);
            }
        }
    }

    /// Where anything that blocks runs, one after the other.
    template <class Function>
    asio::awaitable<std::invoke_result_t<Function&, rule_database&>> off_the_loop(Function function) {
        auto work = [database = database_, function = std::move(function)]() mutable { return function(*database); };
        if (!strand_) {
            co_return work();
        }
        auto result = co_await blocking_call(*strand_, std::move(work));
        co_return result;
    }

    /// A write that may be done twice is done again when its answer was lost; then what it changed is taken in.
    template <class Function>
    asio::awaitable<std::invoke_result_t<Function&, rule_database&>> repeatable(char const* name, Function function) {
        using result = std::invoke_result_t<Function&, rule_database&>;
        struct written {
            result value;
            std::optional<observation> seen;
        };
        auto const known = co_await base();
        auto write = [function = std::move(function), known](rule_database& database) mutable {
            auto value = function(database);
            return written{std::move(value), look(database, known)};
        };
        std::optional<written> done;
        try {
            done.emplace(co_await call(name, write));
        } catch (answer_lost const&) {}
        if (!done) {
            done.emplace(co_await call(name, std::move(write)));
        }
        apply(std::move(done->seen));
        co_return std::move(done->value);
    }

    /// The position that own writes are looked at from: empty while nobody listens and nothing was loaded, so that
    /// a single `set_state` of a command line does not read all rules.
    asio::awaitable<std::optional<database_position>> base() {
        if (!mirror_.position() && feed_.has_subscribers()) {
            co_await catch_up();
        }
        co_return mirror_.position();
    }

    /// Whether there is a state of an id that no rule can have: somebody wrote it past us.
    asio::awaitable<bool> has_row(std::string rule_id) {
        if (valid_prefix(rule_id) != rule_id.size() || rule_id.find('\0') != rule_id.npos) {
            co_return false; // not every database can be asked for it
        }
        auto find = [rule_id](rule_database& database) { return database.state(rule_id).has_value(); };
        auto const found = co_await call("find_state", std::move(find));
        co_return found;
    }

    /// For what follows a commit: its failure must not look like one of the write. The tail sees to it later.
    template <class Action>
    static void afterwards(Action act) {
        try {
            act();
        } catch (database_error const&) {}
    }

    static std::optional<observation> look(rule_database& database, std::optional<database_position> const& known) {
        std::optional<observation> seen;
        if (known) {
            afterwards([&] { seen = observe_changes(database, *known); });
        }
        return seen;
    }

    static rule_state settled(std::string const& rule_id, rule_database::state_outcome outcome) {
        if (auto* const conflict = std::get_if<rule_database::conflict>(&outcome)) {
            throw state_conflict(rule_id, std::move(conflict->current));
        }
        return std::get<rule_state>(std::move(outcome));
    }

    /// After an answer that was lost: is the decision in the history?
    asio::awaitable<rule_state> confirmed(std::string rule_id, rule_state state, std::string doubt) {
        auto pause = first_pause;
        for (int i = 0; i < confirmations; ++i) {
            std::optional<std::optional<revision>> answer;
            auto find = [rule_id, state](rule_database& database) { return database.find_write(rule_id, state); };
            try {
                answer = co_await call("confirm", std::move(find));
            } catch (store_unavailable const&) {}
            if (!answer) {
                co_await time_.pause(std::exchange(pause, 2 * pause));
                continue;
            }
            if (!*answer) {
                throw store_unavailable(doubt + " (nothing was stored)");
            }
            state.revision = **answer;
            try {
                if (mirror_.position()) {
                    co_await catch_up();
                }
            } catch (store_unavailable const&) {
                // The decision stands; the tail will come upon it.
            }
            co_return state;
        }
        throw store_unavailable(doubt + " (whether the decision was stored is not known)");
    }

    /// One round of the tail.
    asio::awaitable<void> follow() {
        if (listener_ && listener_->drain() == postgresql_listener::link::lost) {
            listener_.reset();
            next_listen_ = {};
        }
        co_await catch_up();
        if (url_.kind == database_kind::postgresql && !listener_ && time_.elapsed() >= next_listen_) {
            co_await listen();
            co_await catch_up(); // what came before it listened
        }
        found();
        co_await revert_expired();
        co_await trim();
        co_await save_snapshot();
    }

    /// Without a connection for notifications (there may be no more for us, while the other one works) the tail polls.
    asio::awaitable<void> listen() {
        auto open = [](rule_database& database) {
            return std::make_shared<postgresql_listener>(database.url(), database.watch());
        };
        std::string problem;
        try {
            auto opened = co_await call("listen", std::move(open));
            listener_ = std::move(opened);
            listener_->watch(*executor_, [this] { wake_.interrupt(); });
        } catch (store_unavailable const& refused) {
            problem = refused.what();
            next_listen_ = time_.elapsed() + longest_pause;
        }
        tell(listen_problem_, problem, "no notifications, changes are looked for instead: " + problem,
             "notified of changes again");
    }

    asio::awaitable<void> catch_up() {
        bool caught_up = false;
        for (bool history_tells = true;;) {
            struct look_at {
                std::optional<observation> seen;
                std::optional<duration> ahead;
                std::uint64_t replacements = 0;
            };
            auto const measure = clock_is_doubtful();
            clock_reading const ours(time_);
            auto const known = mirror_.position();
            std::function<std::optional<observation>(rule_database&)> observe;
            // A snapshot knows nothing of bad rows, nor what another version of us takes for good. First the changes:
            // they tell what a bad row has been since.
            if (!known || !history_tells || (from_snapshot_ && caught_up)) {
                observe = [known, live = mirror_.live()](rule_database& database) {
                    return observe_everything(database, known, live);
                };
            } else { // nearly always; the live rules are too many to be copied for it
                observe = [from = *known](rule_database& database) { return observe_changes(database, from); };
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
            auto result = co_await call("look", std::move(look_now));
            replacements_ = result.replacements;
            if (result.ahead) {
                if (std::chrono::abs(*result.ahead - expiries_.ahead()) >= worth_saving) {
                    saved_.reset();
                }
                expiries_.set_ahead(*result.ahead);
                measured_ = ours;
            }
            history_tells = result.seen.has_value();
            if (!history_tells) {
                continue;
            }
            auto const overtaken = result.seen->all && result.seen->based_on != mirror_.position();
            if (result.seen->all && !overtaken) {
                from_snapshot_ = false;
            }
            caught_up = result.seen->left == observation::rest::none && !overtaken;
            auto const more = !caught_up || from_snapshot_;
            apply(std::move(result.seen));
            if (!more) {
                co_return;
            }
        }
    }

    void apply(std::optional<observation> seen) {
        if (!seen) {
            wake_.interrupt(); // a write that saw nothing of what it did leaves that to the tail
            return;
        }
        auto const before = mirror_.position();
        database_mirror::outcome outcome;
        try {
            outcome = mirror_.apply(std::move(*seen), database_now());
            if (before) {
                tell_of_another(*before, *mirror_.position());
            }
            if (outcome.restarted) {
                feed_.lag(*outcome.restarted);
            }
            for (auto const& change : outcome.changes) {
                feed_.publish(change);
            }
        } catch (std::bad_alloc const&) {
            // How much of it was applied and announced is not known.
            from_snapshot_ = true;
            feed_.lag(mirror_.position() ? mirror_.position()->revision : 0);
            wake_.interrupt();
            throw;
        }
        if (options_.report) {
            for (auto const& finding : outcome.findings) {
                options_.report(finding);
            }
        }
        if (!outcome.changes.empty()) {
            wake_.interrupt(); // the next expiry may have moved
        }
    }

    /// A database that took the place of the one that was followed, or went back to an older state of itself.
    void tell_of_another(database_position const& before, database_position const& now) {
        auto const is_another_file = std::exchange(known_replacements_, replacements_) != replacements_;
        auto const revisions = ": it was at revision " + std::to_string(before.revision) + " and is at revision " +
            std::to_string(now.revision);
        if (before.database_id != now.database_id) {
            log(url_.display() + ": another database was put in its place" + revisions);
        } else if (is_another_file) {
            log(url_.display() + ": another file was put in its place" + revisions);
        } else if (now.revision < before.revision) {
            log(url_.display() + ": an older state of it was put in its place" + revisions);
        }
    }

    /// Every worker does this at the same instant; the database lets one of them remove the row.
    asio::awaitable<void> revert_expired() {
        auto const due = mirror_.states().expired(database_now());
        if (due.empty() || time_.elapsed() < next_revert_) {
            co_return;
        }
        auto remove = [due](rule_database& database) {
            for (auto const& [rule_id, expected] : due) {
                database.remove_expired(rule_id, expected);
            }
            return true;
        };
        std::string problem;
        try {
            co_await call("expire", std::move(remove));
        } catch (connection_lost const&) {
            throw;
        } catch (store_unavailable const& refused) {
            problem = refused.what();
        }
        tell(revert_problem_, problem, "expired states cannot be removed: " + problem,
             "expired states are removed again");
        measured_.reset(); // perhaps it is only our clock that is ahead
        co_await catch_up();
        auto const left = mirror_.states().expired(database_now());
        if (std::ranges::find_first_of(left, due) == left.end()) {
            revert_pause_ = first_pause;
            co_return;
        }
        // Our clock was ahead; or it cannot be done, perhaps for good: a row whose revision somebody overwrote.
        next_revert_ = time_.elapsed() + (problem.empty() ? revert_pause_ : longest_pause);
        revert_pause_ = std::min(2 * revert_pause_, longest_revert_pause);
    }

    asio::awaitable<void> trim() {
        if (time_.elapsed() < next_trim_) {
            co_return;
        }
        next_trim_ = time_.elapsed() + trim_interval;
        auto remove = [keep = options_.keep_history](rule_database& database) {
            return database.trim(database.clock() - keep);
        };
        std::string problem;
        try {
            co_await call("trim", std::move(remove));
        } catch (connection_lost const&) {
            throw;
        } catch (store_unavailable const& refused) {
            problem = refused.what();
        }
        tell(trim_problem_, problem, "old history cannot be removed: " + problem, "old history is removed again");
    }

    asio::awaitable<void> save_snapshot() {
        auto const now = time_.elapsed();
        if (options_.snapshot_file.empty() || !mirror_.position() || saved_ == mirror_.position() || now < next_save_) {
            co_return;
        }
        auto const saving = mirror_.position();
        auto write = [file = options_.snapshot_file, saved_at = time_.now(), ahead = expiries_.ahead(),
                      position = *mirror_.position(), live = mirror_.live(),
                      states = mirror_.states()](rule_database&) -> std::string {
            try {
                local_snapshot snapshot;
                snapshot.position = position;
                snapshot.saved_at = saved_at;
                snapshot.clock_ahead = ahead;
                snapshot.live = live;
                snapshot.states = states;
                save(snapshot, file);
                return {};
            } catch (std::exception const& error) {
                return error.what();
            }
        };
        auto const problem = co_await off_the_loop(std::move(write));
        if (problem.empty()) {
            saved_ = saving;
            save_pause_ = snapshot_interval;
        }
        next_save_ = time_.elapsed() + save_pause_;
        if (!problem.empty()) {
            save_pause_ = std::min(2 * save_pause_, max_snapshot_pause);
        }
        tell(save_problem_, problem, "the local snapshot cannot be written: " + problem,
             "the local snapshot is written again");
    }

    /// Once, before anything was observed: what the snapshot file remembers.
    asio::awaitable<void> restore() {
        if (std::exchange(restored_, true) || options_.snapshot_file.empty() || mirror_.position()) {
            co_return;
        }
        struct remembered {
            std::optional<local_snapshot> snapshot;
            std::string problem;
        };
        auto read = [file = options_.snapshot_file](rule_database&) {
            remembered result;
            try {
                result.snapshot = load_local_snapshot(file);
            } catch (std::exception const& error) {
                result.problem = error.what();
            }
            return result;
        };
        auto result = co_await off_the_loop(std::move(read));
        if (!result.problem.empty()) {
            log(result.problem);
        }
        if (result.snapshot && !mirror_.position()) {
            tell_left_out(result.snapshot->left_out);
            snapshot_time_ = result.snapshot->saved_at;
            saved_ = result.snapshot->position;
            expiries_.set_ahead(result.snapshot->clock_ahead);
            mirror_.restore(std::move(result.snapshot->position), std::move(result.snapshot->live),
                            std::move(result.snapshot->states));
            from_snapshot_ = true;
        }
    }

    void tell_left_out(std::vector<std::string> const& rows) {
        for (std::size_t i = 0; i < rows.size() && i < max_told_rows; ++i) {
            log("the snapshot " + options_.snapshot_file.string() +
                " cannot be read in part, which waits for the database: " + rows[i]);
        }
        if (rows.size() > max_told_rows) {
            log("... and " + std::to_string(rows.size() - max_told_rows) + " more of its rules and states");
        }
    }

    asio::awaitable<void> wait(duration length) {
        auto const end = time_.elapsed() + length;
        for (auto left = length; left > duration::zero() && !clock_is_doubtful(); left = end - time_.elapsed()) {
            auto const piece = std::min(left, longest_trust);
            auto const ended_by = co_await wake_.at_most(piece);
            if (ended_by == interruptible_sleep::end::interruption) {
                co_return;
            }
        }
    }

    /// From now on.
    duration next_look() const {
        auto const now = time_.elapsed();
        auto const deaf = url_.kind == database_kind::postgresql && !listener_;
        auto next = deaf ? std::min(poll_, poll_of_the_deaf) : poll_;
        if (auto const expiry = mirror_.states().next_expiry()) {
            next = std::min(next, std::max(*expiry - database_now(), next_revert_ - now));
        }
        if (saved_ != mirror_.position() && !options_.snapshot_file.empty()) {
            next = std::min(next, next_save_ - now);
        }
        return next;
    }

    /// Whether it is time to read the database's clock: never read yet, too long ago, or ours was set since then.
    bool clock_is_doubtful() const {
        if (!measured_) {
            return true;
        }
        clock_reading const now(time_);
        auto const passed = now.elapsed - measured_->elapsed;
        return passed >= clock_refresh || std::chrono::abs(now.clock - measured_->clock - passed) > clock_tolerance;
    }

    time_point database_now() const { return expiries_.at(time_.now()); }

    /// A call that does not come back tells nothing by itself.
    bool is_stale() const {
        return lost_ || (following_ && time_.elapsed() - last_look_.elapsed > poll_ + max_look_time);
    }

    void lost(std::string const& problem) {
        if (std::exchange(lost_, true)) {
            return;
        }
        if (!mirror_.position()) {
            log(problem + "; there are no rules yet");
        } else if (snapshot_time_) {
            log(problem + "; started with the rules of revision " + std::to_string(mirror_.position()->revision) +
                " from the local snapshot of " + format_time(*snapshot_time_));
        } else {
            log(problem + "; the rules of revision " + std::to_string(mirror_.position()->revision) + " stay live");
        }
    }

    void found() {
        snapshot_time_.reset();
        gone_.clear();
        clock_reading const now(time_);
        if (std::exchange(lost_, false)) {
            log(url_.display() + ": back after " + format_roughly(now.elapsed - last_look_.elapsed) + ", at revision " +
                std::to_string(mirror_.position()->revision));
        }
        last_look_ = now;
    }

    /// One line when something begins to fail and one when it works again.
    void tell(bool& failing, std::string const& problem, std::string const& begins, std::string const& ends) {
        if (std::exchange(failing, !problem.empty()) != !problem.empty()) {
            log(failing ? begins : ends);
        }
    }

    void log(std::string const& line) const {
        if (options_.log) {
            options_.log(line);
        }
    }

    std::optional<asio::any_io_executor> executor_; ///< empty: whatever the caller runs on
    std::unique_ptr<time_source> own_time_;
    time_source& time_;
    database_store_options options_;
    database_url url_;
    duration poll_;
    std::optional<asio::any_io_executor> strand_; ///< where database calls run; empty: inline
    std::shared_ptr<rule_database> database_;     ///< used on the strand only
    std::shared_ptr<postgresql_listener> listener_;

    database_mirror mirror_;
    change_feed feed_;
    interruptible_sleep wake_;

    expiry_clock expiries_;                   ///< the database's clock
    std::optional<clock_reading> measured_;   ///< when it was read
    clock_reading last_look_;                 ///< that succeeded
    bool lost_ = false;                       ///< the last one did not
    bool following_ = false;                  ///< `run` runs
    std::string gone_;                        ///< why there is no file of SQLite any more
    std::uint64_t replacements_ = 0;          ///< of the file, as of the last look
    std::uint64_t known_replacements_ = 0;    ///< that were told
    std::optional<time_point> snapshot_time_; ///< of the snapshot we live on, until the database was seen
    std::optional<database_position> saved_;
    // By `elapsed`, so that nobody who sets the clock delays them.
    duration next_revert_{};
    duration next_trim_{};
    duration next_listen_{};
    duration next_save_{};
    duration save_pause_ = snapshot_interval;
    duration revert_pause_ = first_pause;
    bool restored_ = false;
    bool from_snapshot_ = false; ///< everything is to be compared with the database once
    bool revert_problem_ = false;
    bool trim_problem_ = false;
    bool listen_problem_ = false;
    bool save_problem_ = false;
};

database_rule_store::database_rule_store() {
    auto time = std::make_unique<system_time_source>();
    auto& reference = *time;
    implementation_ = std::make_shared<implementation>(std::nullopt, std::nullopt, std::move(time), reference,
                                                       database_store_options{});
}

database_rule_store::database_rule_store(asio::any_io_executor executor, asio::any_io_executor database,
                                         time_source& time, database_store_options options)
    : implementation_(std::make_shared<implementation>(std::move(executor), std::move(database), nullptr, time,
                                                       std::move(options))) {}

database_rule_store::~database_rule_store() {
    implementation_->feed().end();
}

// Each of these keeps the implementation alive until its call has come back, whatever becomes of the store.

asio::awaitable<void> database_rule_store::run() {
    auto const self = implementation_;
    co_await self->run();
}

asio::awaitable<rule_snapshot> database_rule_store::load_compiled() {
    auto const self = implementation_;
    co_return co_await self->load_compiled();
}

asio::awaitable<rule_state> database_rule_store::get_state(std::string rule_id) {
    auto const self = implementation_;
    co_return co_await self->get_state(std::move(rule_id));
}

asio::awaitable<rule_state> database_rule_store::set_state(std::string rule_id, rule_state state, std::string set_by,
                                                           std::optional<revision> expected) {
    auto const self = implementation_;
    co_return co_await self->set_state(std::move(rule_id), std::move(state), std::move(set_by), expected);
}

asio::awaitable<rule_state> database_rule_store::clear_state(std::string rule_id, std::string set_by,
                                                             std::optional<revision> expected) {
    auto const self = implementation_;
    co_return co_await self->clear_state(std::move(rule_id), std::move(set_by), expected);
}

change_subscription database_rule_store::subscribe_changes(std::size_t capacity) {
    return implementation_->feed().subscribe(capacity);
}

asio::awaitable<revision> database_rule_store::upsert_rule(std::shared_ptr<rule_definition const> definition,
                                                           std::string source_path, std::string updated_by,
                                                           std::optional<lease_claim> under) {
    auto const self = implementation_;
    co_return co_await self->upsert_rule(std::move(definition), std::move(source_path), std::move(updated_by),
                                         std::move(under));
}

asio::awaitable<bool> database_rule_store::delete_rule(std::string rule_id, std::string deleted_by,
                                                       std::optional<lease_claim> under) {
    auto const self = implementation_;
    co_return co_await self->delete_rule(std::move(rule_id), std::move(deleted_by), std::move(under));
}

asio::awaitable<std::size_t> database_rule_store::count_deleted(std::string deleted_by, duration ago) {
    auto const self = implementation_;
    co_return co_await self->count_deleted(std::move(deleted_by), ago);
}

asio::awaitable<void> database_rule_store::begin_first_pass(lease_claim under) {
    auto const self = implementation_;
    co_await self->begin_first_pass(std::move(under));
}

asio::awaitable<void> database_rule_store::end_first_pass(lease_claim under) {
    auto const self = implementation_;
    co_await self->end_first_pass(std::move(under));
}

asio::awaitable<void> database_rule_store::note_quarantine(std::vector<quarantined_rule> texts, lease_claim under) {
    auto const self = implementation_;
    co_await self->note_quarantine(std::move(texts), std::move(under));
}

asio::awaitable<std::vector<quarantined_text>> database_rule_store::list_quarantined_texts() {
    auto const self = implementation_;
    co_return co_await self->list_quarantined_texts();
}

asio::awaitable<std::vector<rule_row>> database_rule_store::list_rules() {
    auto const self = implementation_;
    co_return co_await self->list_rules();
}

asio::awaitable<std::map<std::string, rule_state>> database_rule_store::list_states() {
    auto const self = implementation_;
    co_return co_await self->list_states();
}

asio::awaitable<std::vector<quarantined_rule>> database_rule_store::list_damaged_states() {
    auto const self = implementation_;
    co_return co_await self->list_damaged_states();
}

asio::awaitable<time_point> database_rule_store::clock() {
    auto const self = implementation_;
    co_return co_await self->clock();
}

asio::awaitable<std::vector<history_entry>> database_rule_store::history(std::string rule_id, revision after,
                                                                         std::size_t limit) {
    auto const self = implementation_;
    co_return co_await self->history(std::move(rule_id), after, limit);
}

asio::awaitable<bool> database_rule_store::take_lease(std::string name, std::string holder, duration length) {
    auto const self = implementation_;
    co_return co_await self->take_lease(std::move(name), std::move(holder), length);
}

asio::awaitable<void> database_rule_store::give_lease_back(std::string name, std::string holder) {
    auto const self = implementation_;
    co_await self->give_lease_back(std::move(name), std::move(holder));
}

expiry_clock database_rule_store::expiries() const {
    return implementation_->expiries();
}

std::optional<time_point> database_rule_store::stale_since() const {
    return implementation_->stale_since();
}

std::string database_rule_store::gone() const {
    return implementation_->gone();
}

std::optional<duration> database_rule_store::stale_for() const {
    return implementation_->stale_for();
}

} // namespace rulehost
