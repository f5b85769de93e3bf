#pragma once

#include "store/database/database_caller.hpp"
#include "store/database/database_tail.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/rule_state.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace rulehost {

/// Executes the writes of a store, and resolves commits in doubt. Used on the store's executor; every argument outlives
/// it.
class state_writer {
public:
    state_writer(time_source& time, database_caller& database, database_tail& tail)
        : time_(time), database_(database), tail_(tail) {}

    /// As `rule_store::set_state` and `clear_state`, with the author.
    boost::asio::awaitable<rule_state> set(std::string rule_id, rule_state state, std::optional<revision> expected);
    boost::asio::awaitable<rule_state> clear(std::string rule_id, std::string set_by, std::optional<revision> expected);

    /// As `rule_store::decide` and `end_decision`.
    boost::asio::awaitable<decision> decide(decision wanted);
    boost::asio::awaitable<std::optional<decision>> end(decision_id id, std::string by);

    /// Executes an idempotent write: repeats it once if its commit is in doubt, and applies its change.
    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&, rule_database&>> repeatable(char const* name,
                                                                                       Function function) {
        using result = std::invoke_result_t<Function&, rule_database&>;
        struct written {
            result value;
            std::optional<observation> seen;
        };
        auto const known = co_await tail_.base();
        auto write = [function = std::move(function), known](rule_database& database) mutable {
            auto value = function(database);
            return written{std::move(value), observe_own(database, known)};
        };
        std::optional<written> done;
        try {
            done.emplace(co_await database_.call(name, write));
        } catch (commit_in_doubt const&) {}
        if (!done)
            done.emplace(co_await database_.call(name, std::move(write)));
        tail_.apply(std::move(done->seen));
        co_return std::move(done->value);
    }

private:
    /// Executes a write, and repeats it if its commit is in doubt: its second call checks whether the first was done.
    /// `unknown` is appended to the error of the second call.
    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&, rule_database&>> twice(char const* name, Function function,
                                                                                  char const* unknown) {
        std::optional<std::invoke_result_t<Function&, rule_database&>> done;
        try {
            done.emplace(co_await database_.call(name, function));
        } catch (commit_in_doubt const&) {}
        if (!done) {
            try {
                done.emplace(co_await database_.call(name, std::move(function)));
            } catch (store_unavailable const& problem) {
                throw store_unavailable(std::string(problem.what()) + unknown);
            }
        }
        co_return std::move(*done);
    }

    /// Resolves a commit in doubt: the revision that `find` returns for the write. Throws `store_unavailable`, with
    /// `cause`, if the write was not done or its outcome stays unknown.
    boost::asio::awaitable<revision> confirmed(std::function<std::optional<revision>(rule_database&)> find,
                                               std::string cause);
    boost::asio::awaitable<bool> has_row(std::string rule_id);

    /// The changes up to the last write, from `known` on; empty if they cannot be observed, which is not a failure of
    /// the write.
    static std::optional<observation> observe_own(rule_database& database,
                                                  std::optional<observation_base> const& known);

    time_source& time_;
    database_caller& database_;
    database_tail& tail_;
};

} // namespace rulehost
