#include "cli/state/state_options.hpp"

#include "cli/state/state_text.hpp"
#include "cli/terminal.hpp"
#include "event/readable_text.hpp"
#include "rule/rule_id.hpp"
#include "text/joined.hpp"
#include "time/whole_seconds.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

void say(std::string const& text) {
    std::cerr << "rulehost: " << escape_for_terminal(text) << std::endl;
}

decision_listing::decision_listing(state_options const& options, time_point now)
    : rows_(output_, options.form(),
            {"ID", "RULES", "STATE", "WHERE", time_column("STARTS"), "REMAINING", "BY", time_column("SINCE"), "TICKET",
             text_column("REASON")}),
      now_(now) {}

namespace {

boost::json::object record_of(decision const& made) {
    auto record = to_json(made);
    // As a state is shown, for whoever reads only those.
    bool const is_one_rule = made.rules.size() == 1 && is_rule_id(made.rules.front());
    record["rule_id"] = is_one_rule ? boost::json::value(made.rules.front()) : boost::json::value();
    record["state"] = made.effect == decision_effect::disable ? "disabled"
        : made.effect == decision_effect::clip                ? "clipped"
                                                              : "observed";
    record["expires_at"] = record["ends_at"];
    record["revision"] = made.id;
    return record;
}

} // namespace

void decision_listing::add(decision const& made) {
    auto record = record_of(made);
    if (made.ends_at)
        record["remaining_seconds"] = std::chrono::floor<std::chrono::seconds>(*made.ends_at - now_).count();
    add(made, std::move(record), remaining_text(made.ends_at, now_));
}

void decision_listing::add_ended(decision const& made, time_point at, std::string const& by) {
    auto record = record_of(made);
    record["ended_at"] = format_time(at);
    record["ended_by"] = by.empty() ? boost::json::value() : boost::json::value(by);
    add(made, std::move(record), "ended " + whole_seconds(at) + (by.empty() ? "" : " by " + by));
}

void decision_listing::add(decision const& made, boost::json::object record, std::string const& remaining) {
    rows_.add({std::to_string(made.id), joined(made.rules, " "), effect_text(made), joined(made.scope, " "),
               made.starts_at && now_ < *made.starts_at ? whole_seconds(*made.starts_at) : "", remaining, made.set_by,
               made.set_at ? whole_seconds(*made.set_at) : "", made.ticket, made.reason},
              record);
}

void decision_listing::add(std::string const& rule_id, rule_state const& state) {
    if (auto const made = as_decision(rule_id, state))
        return add(*made);
    boost::json::object record{{"rule_id", rule_id}};
    for (auto& [key, value] : to_json(state))
        record[key] = std::move(value);
    if (state.expires_at)
        record["remaining_seconds"] = std::chrono::floor<std::chrono::seconds>(*state.expires_at - now_).count();
    rows_.add({std::to_string(state.revision), rule_id, state_text(state), "", "",
               remaining_text(state.expires_at, now_), state.set_by, state.set_at ? whole_seconds(*state.set_at) : "",
               "", state.reason},
              record);
}

void decision_listing::finish() {
    rows_.finish();
}

asio::awaitable<std::vector<decision>> standing_decisions_in(database_rule_store& store) {
    std::vector<decision> all;
    auto const states = co_await store.list_states();
    for (auto const& [rule_id, state] : states)
        if (auto made = as_decision(rule_id, state))
            all.push_back(*std::move(made));
    auto const decisions = co_await store.list_decisions();
    for (auto const& [id, each] : decisions)
        all.push_back(each);
    std::ranges::sort(all, {}, &decision::id);
    co_return all;
}

} // namespace rulehost::cli
