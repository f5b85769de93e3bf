#include "cli/rules/rule_choice.hpp"
#include "cli/selector_words.hpp"
#include "cli/state/extension_finder.hpp"
#include "cli/state/state_options.hpp"
#include "cli/state/state_text.hpp"
#include "cli/store/history_record.hpp"
#include "cli/terminal.hpp"
#include "engine/decision_index.hpp"
#include "text/joined.hpp"
#include "text/number.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/diagnostic.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

void warn_of(std::vector<diagnostic> const& damage) {
    for (auto const& each : damage)
        std::cerr << to_text(each);
    if (!damage.empty())
        say("somebody wrote that past rulehost; `rulehost state clear RULE` removes it, `state undo ID` a decision");
}

/// `rule`: null when it is not live; then only a decision that names it is about it.
bool is_about(decision const& made, std::string const& rule_id, compiled_rule_ptr const& rule) {
    return made.rules == std::vector{rule_id} || (rule && selects(made, rule->definition()));
}

struct ended_decision {
    decision made;
    time_point at;
    std::string by; ///< empty: in time
};

/// The decisions that ended after `since`, as they stood, by the history. One that was extended goes on under another id.
asio::awaitable<std::vector<ended_decision>> ended_since(database_rule_store& store, time_point since) {
    std::map<std::string, decision> standing; // by the id of the decision, or of the rule of a state
    std::vector<ended_decision> ended;
    extension_finder extensions;
    auto note = [&](history_entry const& entry) {
        extensions.add(entry);
        bool const is_state = entry.kind == "state" || entry.kind == "expiry";
        bool const is_in_time = entry.kind == "expiry" || entry.kind == "decision_expiry";
        if (!is_state && entry.kind != "decision" && entry.kind != "decision_expiry")
            return;
        auto const key = (is_state ? "state " : "decision ") + entry.rule_id;
        auto const of = standing.find(key);
        bool const is_edit = !is_state && !entry.detail.empty(); // the same decision, by plain SQL
        if (of != standing.end() && !is_edit) {
            if (since <= entry.changed_at)
                ended.push_back({of->second, entry.changed_at, is_in_time ? std::string() : entry.changed_by});
            standing.erase(of);
        }
        if (auto made = decision_of(entry))
            standing.insert_or_assign(key, *std::move(made));
    };
    std::string const every_rule;
    co_await for_each_change(store, every_rule, 0, std::move(note));
    auto const extended = extensions.take();
    std::erase_if(ended, [&](ended_decision const& each) { return extended.contains(each.made.id); });
    co_return ended;
}

asio::awaitable<exit_code> get_decision(database_rule_store& store, decision_id id, state_options const& options) {
    auto const found = co_await find_last(store, id);
    if (!found) {
        complain_of_absence(id);
        co_return exit_code::findings;
    }
    auto const now = co_await store.clock();
    decision_listing rows(options, now);
    rows.add(*found);
    rows.finish();
    co_return exit_code::ok;
}

} // namespace

asio::awaitable<std::vector<diagnostic>> damage(database_rule_store& store, std::string rule_id) {
    auto const damaged = co_await store.list_damaged_states();
    std::vector<diagnostic> found;
    for (auto const& each : damaged)
        if (rule_id.empty() || each.rule_id == rule_id)
            found.push_back(each.diagnostics.front());
    co_return found;
}

asio::awaitable<exit_code> get(database_rule_store& store, state_options const& options) {
    auto const snapshot = co_await store.load_compiled();
    auto const choice = choose_rule(options.rule_id, snapshot);
    if (auto const id = parse_number<decision_id>(options.rule_id); id && !choice.is_present)
        co_return co_await get_decision(store, *id, options);
    if (choice.rule_id != options.rule_id)
        say("'" + options.rule_id + "' is the name of " + choice.rule_id);
    auto const now = co_await store.clock();
    auto const state = co_await store.get_state(choice.rule_id);
    auto const damaged = co_await damage(store, choice.rule_id);
    auto const all = co_await store.list_decisions();
    auto const rule = find_rule(snapshot.rules, choice.rule_id);
    std::vector<decision> decisions;
    for (auto const& [id, each] : all)
        if (is_about(each, choice.rule_id, rule))
            decisions.push_back(each);
    if (!choice.is_present && state == rule_state() && damaged.empty() && decisions.empty()) {
        complain(selects_several(as_selector(options.rule_id))
                     ? "'" + options.rule_id + "' is not a rule; `rulehost state list` shows every decision"
                     : choice.absence());
        co_return exit_code::findings;
    }
    decision_listing rows(options, now);
    if (state != rule_state() || decisions.empty())
        rows.add(choice.rule_id, state);
    for (auto const& each : decisions)
        rows.add(each);
    rows.finish();
    warn_of(damaged);
    if (!choice.is_present)
        say(choice.absence());
    co_return exit_code::ok;
}

asio::awaitable<exit_code> list(database_rule_store& store, state_options const& options) {
    auto const now = co_await store.clock();
    decision_listing rows(options, now);
    std::size_t shown = 0;
    auto const is_wanted = [&](std::string const& by, std::optional<time_point> end) {
        return (options.author.by.empty() || by == options.author.by) &&
            (!options.ending || (end && *end <= now + *options.ending));
    };
    if (options.ended) {
        auto const ended = co_await ended_since(store, now - *options.ended);
        for (auto const& [made, at, by] : ended)
            if (options.author.by.empty() || made.set_by == options.author.by) {
                rows.add_ended(made, at, by);
                ++shown;
            }
        rows.finish();
        if (shown == 0)
            say("no decision ended within the last " + format_duration(*options.ended));
        co_return exit_code::ok;
    }
    auto const decisions = co_await standing_decisions_in(store);
    for (auto const& each : decisions)
        if (is_wanted(each.set_by, each.ends_at)) {
            rows.add(each);
            ++shown;
        }
    auto const states = co_await store.list_states();
    for (auto const& [rule_id, state] : states) // that say `enabled`, and lower nothing
        if (state != rule_state() && !as_decision(rule_id, state) && is_wanted(state.set_by, state.expires_at)) {
            rows.add(rule_id, state);
            ++shown;
        }
    rows.finish();
    if (shown == 0)
        say(options.author.by.empty() && !options.ending ? "nothing is decided: every rule is enabled"
                                                         : "no such decision stands");
    std::string const every_rule;
    auto const damaged = co_await damage(store, every_rule);
    warn_of(damaged);
    co_return exit_code::ok;
}

asio::awaitable<exit_code> history(database_rule_store& store, state_options const& given) {
    rule_snapshot snapshot;
    rule_choice choice;
    if (!given.rule_id.empty()) {
        snapshot = co_await store.load_compiled();
        choice = co_await choose_rule(store, given.rule_id);
    }
    if (choice.rule_id != given.rule_id)
        say("'" + given.rule_id + "' is the name of " + choice.rule_id);
    auto const rule = find_rule(snapshot.rules, choice.rule_id);
    std::set<std::string> about_it; // ids of decisions
    auto const is_wanted = [&](history_entry const& entry) {
        if (choice.rule_id.empty())
            return true;
        if (entry.kind != "decision" && entry.kind != "decision_expiry")
            return entry.rule_id == choice.rule_id;
        if (auto const made = decision_of(entry); made && is_about(*made, choice.rule_id, rule))
            about_it.insert(entry.rule_id);
        return about_it.contains(entry.rule_id);
    };
    data_output output;
    listing entries(output, given.form(),
                    {"REVISION", time_column("AT"), "RULE", "DECISION", "KIND", "BY", text_column("WHAT")});
    bool found = false;
    std::map<std::string, std::string> rules_of; // by the id of the decision
    auto add = [&](history_entry const& entry) {
        if (auto const made = decision_of(entry); made && entry.kind == "decision")
            rules_of[entry.rule_id] = joined(made->rules, " ");
        if (!is_wanted(entry) || entry.revision <= given.after)
            return;
        found = true;
        bool const is_decision = entry.kind == "decision" || entry.kind == "decision_expiry";
        entries.add({std::to_string(entry.revision), whole_seconds(entry.changed_at),
                     is_decision ? rules_of[entry.rule_id] : entry.rule_id, is_decision ? entry.rule_id : "",
                     entry.kind, entry.changed_by, summary_of(entry)},
                    record_of(entry));
    };
    std::string const every_rule; // a decision is about rules, and not under their ids
    co_await for_each_change(store, every_rule, 0, std::move(add));
    entries.finish();
    if (!found && !choice.rule_id.empty() && !choice.is_present) {
        complain(choice.absence());
        co_return exit_code::findings;
    }
    co_return exit_code::ok;
}

} // namespace rulehost::cli
