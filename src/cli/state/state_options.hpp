#pragma once

#include "cli/author_options.hpp"
#include "cli/commands.hpp"
#include "cli/data_output.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/decision.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_state.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace rulehost::cli {

/// Options of a `rulehost state` command.
struct state_options {
    std::string store;
    std::string rule_id;            ///< of a command about one rule
    std::vector<std::string> words; ///< of a decision: rules, globs, techniques
    std::vector<std::string> scope; ///< --where
    std::vector<decision_id> ids;   ///< of decisions to end or extend
    decision_effect effect = decision_effect::disable;
    rule_status status = rule_status::enabled;
    std::optional<double> confidence_max;
    std::string starts;                    ///< --from, as it was typed
    std::optional<written_duration> lasts; ///< --for
    std::optional<time_point> until;
    std::string reason;
    author_options author; ///< without limits for a command that changes nothing
    std::optional<revision> expected;
    bool replace = false; ///< also what somebody else decided
    bool ahead = false;   ///< also about a rule that is not in the store
    bool dry_run = false; ///< --dry-run
    bool release = false; ///< --release
    bool needs_end = false;
    bool changes = false; ///< the command changes the store
    duration waits{};     ///< --wait, for every worker to have it
    revision after = 0;
    std::optional<duration> ending; ///< --ending: only what ends within it
    std::optional<duration> ended;  ///< --ended: what ended within it
    bool json = false;

    listing::form form() const { return listing::form_of(json); }
};

void say(std::string const& text);

/// A table or NDJSON of decisions and states.
class decision_listing {
public:
    decision_listing(state_options const& options, time_point now);

    void add(decision const& made);
    /// One that ended at `at`, in time when `by` is empty.
    void add_ended(decision const& made, time_point at, std::string const& by);
    /// A state, also one that decides nothing.
    void add(std::string const& rule_id, rule_state const& state);
    void finish();

private:
    void add(decision const& made, boost::json::object record, std::string const& remaining);

    data_output output_;
    listing rows_;
    time_point now_;
};

/// Every decision that stands, by id: the states as decisions, and the others.
boost::asio::awaitable<std::vector<decision>> standing_decisions_in(database_rule_store& store);

/// Findings about rows that somebody damaged: of one rule, or of all when `rule_id` is empty.
boost::asio::awaitable<std::vector<diagnostic>> damage(database_rule_store& store, std::string rule_id);

using state_action = boost::asio::awaitable<exit_code> (*)(database_rule_store&, state_options const&);

// Actions on an open store.
boost::asio::awaitable<exit_code> decide(database_rule_store& store, state_options const& options);
boost::asio::awaitable<exit_code> extend(database_rule_store& store, state_options const& options);
boost::asio::awaitable<exit_code> undo(database_rule_store& store, state_options const& options);
boost::asio::awaitable<exit_code> set_plain(database_rule_store& store, state_options const& options);
boost::asio::awaitable<exit_code> clear(database_rule_store& store, state_options const& options);
boost::asio::awaitable<exit_code> get(database_rule_store& store, state_options const& options);
boost::asio::awaitable<exit_code> list(database_rule_store& store, state_options const& options);
boost::asio::awaitable<exit_code> history(database_rule_store& store, state_options const& options);

} // namespace rulehost::cli
