#include "store/database/state_writer.hpp"

#include "rule/rule_id.hpp"
#include "text/utf8.hpp"

#include <chrono>
#include <memory>
#include <variant>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr int max_confirmations = 5; ///< attempts to resolve a commit in doubt
constexpr duration first_pause = 100ms;

/// A write of a state, done or rejected, and the changes observed with it.
struct state_write {
    rule_database::state_outcome outcome;
    std::optional<observation> seen;
};

/// An attempt to remove a state: the row to remove, known once the attempt has begun.
struct removal {
    bool begun = false;
    std::optional<revision> row;
};

/// Runs steps after a commit; their failure must not look like one of the commit. The tail catches up later.
template <class Action>
void best_effort(Action act) {
    try {
        act();
    } catch (database_error const&) {}
}

rule_state settled(std::string const& rule_id, rule_database::state_outcome outcome) {
    if (auto* const conflict = std::get_if<rule_database::conflict>(&outcome))
        throw state_conflict(rule_id, std::move(conflict->current));
    return std::get<rule_state>(std::move(outcome));
}

} // namespace

std::optional<observation> state_writer::observe_own(rule_database& database,
                                                     std::optional<observation_base> const& known) {
    std::optional<observation> seen;
    if (known)
        best_effort([&] { seen = observe_changes(database, *known); });
    return seen;
}

asio::awaitable<rule_state> state_writer::set(std::string rule_id, rule_state state, std::optional<revision> expected) {
    require_storable(rule_id, state);
    auto const known = co_await tail_.base();
    auto const attempt = std::make_shared<rule_state>(std::move(state)); // keeps its time for a commit in doubt
    auto write = [rule_id, attempt, expected, known](rule_database& database) {
        attempt->set_at = database.clock();
        auto outcome = database.write_state(rule_id, *attempt, expected);
        if (auto const* const stored = std::get_if<rule_state>(&outcome);
            stored && stored->expires_at && *stored->expires_at <= *stored->set_at)
            best_effort([&] { database.remove_expired(rule_id, stored->revision); });
        return state_write{std::move(outcome), observe_own(database, known)};
    };
    std::string cause;
    try {
        auto done = co_await database_.call("set_state", std::move(write));
        tail_.apply(std::move(done.seen));
        co_return settled(rule_id, std::move(done.outcome));
    } catch (commit_in_doubt const& problem) {
        cause = problem.what();
    }
    auto find = [rule_id, attempt](rule_database& database) { return database.find_write(rule_id, *attempt); };
    attempt->revision = co_await confirmed(std::move(find), cause);
    co_return *attempt;
}

asio::awaitable<revision> state_writer::confirmed(std::function<std::optional<revision>(rule_database&)> find,
                                                  std::string cause) {
    auto pause = first_pause;
    for (int i = 0; i < max_confirmations; ++i) {
        std::optional<std::optional<revision>> answer;
        try {
            answer = co_await database_.call("confirm", find);
        } catch (store_unavailable const&) {}
        if (!answer) {
            co_await time_.pause(std::exchange(pause, 2 * pause));
            continue;
        }
        if (!*answer)
            throw store_unavailable(cause + " (nothing was stored)");
        try {
            if (tail_.mirror().position())
                co_await tail_.catch_up();
        } catch (store_unavailable const&) {
            // The decision is stored; the tail observes it later.
        }
        co_return **answer;
    }
    throw store_unavailable(cause + " (whether the decision was stored is not known)");
}

asio::awaitable<rule_state> state_writer::clear(std::string rule_id, std::string set_by,
                                                std::optional<revision> expected) {
    rule_state by;
    by.set_by = set_by;
    bool misnamed = false;
    if (!is_rule_id(rule_id))
        misnamed = co_await has_row(rule_id);
    if (misnamed)
        require_author(set_by);
    else
        require_storable(rule_id, by);
    auto const known = co_await tail_.base();
    auto const attempt = std::make_shared<removal>();
    auto remove = [rule_id, set_by, expected, known, attempt](rule_database& database) {
        if (attempt->begun && (!attempt->row || database.find_removal(rule_id, set_by, *attempt->row)))
            return state_write{rule_state(), observe_own(database, known)};
        if (!attempt->begun) {
            auto const present = database.state(rule_id);
            attempt->row = present ? std::optional(present->revision) : std::nullopt;
            attempt->begun = true;
            auto outcome = database.remove_state(rule_id, set_by, expected);
            return state_write{std::move(outcome), observe_own(database, known)};
        }
        auto outcome = database.remove_state(rule_id, set_by, expected, attempt->row);
        return state_write{std::move(outcome), observe_own(database, known)};
    };
    // The second call does not clear a decision made since the first.
    auto done = co_await twice("clear_state", std::move(remove), " (whether the state was cleared is not known)");
    tail_.apply(std::move(done.seen));
    auto const* const conflict = std::get_if<rule_database::conflict>(&done.outcome);
    if (conflict && conflict->current == rule_state() && expected.value_or(0) == 0)
        co_return rule_state(); // another writer has cleared it, or it has expired
    co_return settled(rule_id, std::move(done.outcome));
}

asio::awaitable<decision> state_writer::decide(decision wanted) {
    require_storable(wanted);
    auto const known = co_await tail_.base();
    struct deciding {
        decision made;      ///< with its time, for a commit in doubt
        revision after = 0; ///< before the write
    };
    auto const attempt = std::make_shared<deciding>();
    attempt->made = std::move(wanted);
    auto write = [attempt, known](rule_database& database) {
        auto& made = attempt->made;
        made.set_at = database.clock();
        require_not_over(made, *made.set_at);
        attempt->after = database.position().revision;
        made.id = database.write_decision(made);
        return observe_own(database, known);
    };
    std::string cause;
    try {
        auto seen = co_await database_.call("decide", std::move(write));
        tail_.apply(std::move(seen));
        co_return attempt->made;
    } catch (commit_in_doubt const& problem) {
        cause = problem.what();
    }
    auto find = [attempt](rule_database& database) { return database.find_written(attempt->made, attempt->after); };
    attempt->made.id = co_await confirmed(std::move(find), cause);
    co_return attempt->made;
}

asio::awaitable<std::optional<decision>> state_writer::end(decision_id id, std::string by) {
    require_author(by);
    auto const known = co_await tail_.base();
    struct ending {
        bool begun = false;
        std::optional<rule_database::standing_decision> stood; ///< before the first attempt
    };
    struct ended {
        std::optional<decision> made;
        std::optional<observation> seen;
    };
    auto const attempt = std::make_shared<ending>();
    auto remove = [attempt, id, by, known](rule_database& database) {
        ended result;
        auto const repeated = std::exchange(attempt->begun, true);
        if (!repeated)
            attempt->stood = database.find_decision(id);
        if (auto const& stood = attempt->stood) {
            auto const is_state = !stood->rule_id.empty();
            auto const was_done = repeated &&
                database.find_removal(is_state ? stood->rule_id : std::to_string(id), by, id,
                                      is_state ? "state" : "decision");
            result.made = was_done ? stood->made : database.remove_decision(id, by);
        }
        result.seen = observe_own(database, known);
        return result;
    };
    auto done = co_await twice("end_decision", std::move(remove), " (whether the decision was ended is not known)");
    tail_.apply(std::move(done.seen));
    co_return std::move(done.made);
}

/// Whether there is a state of an invalid rule_id, written with SQL.
asio::awaitable<bool> state_writer::has_row(std::string rule_id) {
    if (valid_prefix(rule_id) != rule_id.size() || rule_id.find('\0') != rule_id.npos)
        co_return false; // not every database accepts it as a value
    auto find = [rule_id](rule_database& database) { return database.state(rule_id).has_value(); };
    auto const found = co_await database_.call("find_state", std::move(find));
    co_return found;
}

} // namespace rulehost
