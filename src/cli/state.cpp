#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/history_record.hpp"
#include "cli/one_shot.hpp"
#include "cli/state_text.hpp"
#include "cli/terminal.hpp"

#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <pwd.h>
#include <unistd.h>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t history_page = 1000;

struct state_options {
    std::string store;
    std::string rule_id;
    rule_status status = rule_status::enabled;
    std::optional<double> confidence_max;
    std::string lasts; ///< --for
    std::string until;
    std::string reason;
    std::string by;
    std::optional<revision> expected;
    revision after = 0;
    bool json = false;

    listing::form form() const { return json ? listing::form::ndjson : listing::default_form(); }
};

std::string user_name() {
    auto const* const entry = ::getpwuid(::getuid());
    return entry != nullptr ? std::string{entry->pw_name} : "uid " + std::to_string(::getuid());
}

listing state_listing(data_output& output, state_options const& options) {
    return {output, options.form(), {"RULE", "STATE", "REMAINING", "BY", "SINCE", "REVISION", "REASON"}};
}

void add_state(listing& states, std::string const& rule_id, rule_state const& state, time_point now) {
    boost::json::object record{{"rule_id", rule_id}};
    for (auto& [key, value] : to_json(state))
        record[key] = std::move(value);
    if (state.expires_at)
        record["remaining_seconds"] = std::chrono::floor<std::chrono::seconds>(*state.expires_at - now).count();
    states.add({rule_id, state_text(state), remaining_text(state, now), state.set_by,
                state.set_at ? format_time(std::chrono::floor<std::chrono::seconds>(*state.set_at)).substr(0, 19) + "Z" : "",
                std::to_string(state.revision), state.reason},
               record);
}

void print_state(rule_state const& state, time_point now, state_options const& options) {
    data_output output;
    auto states = state_listing(output, options);
    add_state(states, options.rule_id, state, now);
    states.finish();
}

/// What `--for` and `--until` come to, or a message of what is wrong with them.
struct expiry {
    std::optional<time_point> at;
    std::string problem;
};

expiry expiry_of(state_options const& options, time_point now) {
    if (!options.lasts.empty()) {
        auto const length = parse_duration(options.lasts);
        if (!length)
            return {{}, "--for takes a duration such as 4h, 30m or 1h30m, not '" + options.lasts + "'"};
        if (*length == duration::zero())
            return {{}, "--for takes a duration that is not zero"};
        return {now + *length, {}};
    }
    if (options.until.empty())
        return {};
    auto const at = parse_time(options.until);
    if (!at)
        return {{}, "--until takes a time such as 2026-12-01T10:00Z, not '" + options.until + "'"};
    if (*at <= now)
        return {{}, "--until must lie in the future; now it is " + format_time(now)};
    return {*at, {}};
}

exit_code refuse(state_conflict const& conflict, time_point now, state_options const& options) {
    print_state(conflict.current, now, options);
    complain(std::string{conflict.what()} + "; look at it, then repeat with --if-revision "
             + std::to_string(conflict.current.revision));
    return exit_code::findings;
}

asio::awaitable<exit_code> write(database_rule_store& store, time_source&, state_options const& options) {
    // By the clock that the expiry will go by, not by that of the operator's machine.
    auto const now = co_await store.clock();
    auto const expires = expiry_of(options, now);
    if (!expires.problem.empty()) {
        complain(expires.problem);
        co_return exit_code::usage;
    }
    rule_state wanted(options.status);
    wanted.confidence_max = options.confidence_max;
    wanted.expires_at = expires.at;
    wanted.reason = options.reason;
    try {
        auto const stored = co_await store.set_state(options.rule_id, wanted, options.by, options.expected);
        print_state(stored, now, options);
    } catch (state_conflict const& conflict) {
        co_return refuse(conflict, now, options);
    } catch (invalid_state const& invalid) {
        complain(invalid.what());
        co_return exit_code::usage;
    }
    auto const rules = co_await store.list_rules();
    if (!std::ranges::any_of(rules, [&](rule_row const& row) { return row.rule_id == options.rule_id; }))
        std::cerr << "rulehost: no rule " << escape_for_terminal(options.rule_id)
                  << " is live in this store; the state is kept for it" << std::endl;
    co_return exit_code::ok;
}

asio::awaitable<exit_code> clear(database_rule_store& store, time_source& time, state_options const& options) {
    auto const now = time.now();
    try {
        auto const stands = co_await store.clear_state(options.rule_id, options.by, options.expected);
        print_state(stands, now, options);
    } catch (state_conflict const& conflict) {
        co_return refuse(conflict, now, options);
    } catch (invalid_state const& invalid) {
        complain(invalid.what());
        co_return exit_code::usage;
    }
    co_return exit_code::ok;
}

/// Of rows that somebody damaged: of one rule, or of all when `rule_id` is empty.
asio::awaitable<void> warn_of_damage(database_rule_store& store, std::string rule_id) {
    auto const damaged = co_await store.list_damaged_states();
    for (auto const& each : damaged)
        if (rule_id.empty() || each.rule_id == rule_id)
            std::cerr << to_text(each.diagnostics.front());
}

asio::awaitable<exit_code> get(database_rule_store& store, time_source& time, state_options const& options) {
    auto const state = co_await store.get_state(options.rule_id);
    print_state(state, time.now(), options);
    co_await warn_of_damage(store, options.rule_id);
    co_return exit_code::ok;
}

asio::awaitable<exit_code> list(database_rule_store& store, time_source& time, state_options const& options) {
    auto const stored = co_await store.list_states();
    data_output output;
    auto states = state_listing(output, options);
    for (auto const& [rule_id, state] : stored)
        if (state != rule_state()) // an expired one that nobody has reverted yet
            add_state(states, rule_id, state, time.now());
    states.finish();
    std::string const every_rule;
    co_await warn_of_damage(store, every_rule);
    co_return exit_code::ok;
}

asio::awaitable<exit_code> history(database_rule_store& store, time_source&, state_options const& options) {
    data_output output;
    listing entries(output, options.form(), {"REVISION", "AT", "RULE", "KIND", "BY", "WHAT"});
    for (auto after = options.after;;) {
        auto const page = co_await store.history(options.rule_id, after, history_page);
        for (auto const& entry : page)
            entries.add({std::to_string(entry.revision), format_time(entry.changed_at), entry.rule_id, entry.kind,
                         entry.changed_by, summary_of(entry)},
                        record_of(entry));
        if (page.size() < history_page)
            break;
        after = page.back().revision;
    }
    entries.finish();
    co_return exit_code::ok;
}

using action = asio::awaitable<exit_code> (*)(database_rule_store&, time_source&, state_options const&);
using options_ptr = std::shared_ptr<state_options>;

CLI::App* add_action(CLI::App& command, std::string const& name, std::string const& what, options_ptr const& options,
                     action act, exit_code& result) {
    auto* const added = command.add_subcommand(name, what);
    add_store_option(*added, options->store)->required();
    added->add_flag("--json", options->json, "NDJSON also on a terminal");
    added->callback([options, act, &result] {
        result = run_on_database(options->store, missing_database::refuse,
                                 [options, act](database_rule_store& store, time_source& time) {
                                     return act(store, time, *options);
                                 });
    });
    return added;
}

void add_rule(CLI::App& command, options_ptr const& options) {
    command.add_option("RULE", options->rule_id, "The rule's id")->required();
}

void add_author(CLI::App& command, options_ptr const& options) {
    command.add_option("--by", options->by, "Who decides; your user name if left out");
    command.add_option("--if-revision", options->expected, "Only if the state's revision is still this one");
}

void add_reason_and_expiry(CLI::App& command, options_ptr const& options) {
    auto* const lasts = command.add_option("--for", options->lasts, "Reverts by itself after this long: 4h, 30m, 7d");
    command.add_option("--until", options->until, "Reverts by itself at this time: 2026-12-01T10:00Z")->excludes(lasts);
    command.add_option("--reason", options->reason, "Why, for the next operator");
}

} // namespace

void add_state(CLI::App& program, exit_code& result) {
    auto* const command = program.add_subcommand("state", "Disable or clip a rule, on every worker, with a reason and an end");
    command->require_subcommand(1);
    command->footer("Example: rulehost state disable R0001 --for 4h --reason noisy --store sqlite:var/rulehost.db");
    auto const fresh = [](rule_status status) {
        auto const options = std::make_shared<state_options>();
        options->status = status;
        options->by = user_name();
        return options;
    };

    auto const set = fresh(rule_status::enabled);
    auto* const setting = add_action(*command, "set", "Decide the state of a rule", set, write, result);
    add_rule(*setting, set);
    auto const take_status = [set](std::string const& text) { set->status = rule_status_from(text).value(); };
    setting->add_option_function<std::string>("STATE", take_status, "enabled, disabled or clipped")
        ->required()
        ->check(CLI::IsMember({"enabled", "disabled", "clipped"}).description(""));
    setting->add_option("--max", set->confidence_max, "Of a clipped rule: the highest confidence, 0 to 1")
        ->check(CLI::Range(0.0, 1.0));
    add_reason_and_expiry(*setting, set);
    add_author(*setting, set);
    setting->footer("Example: rulehost state set R0001 disabled --for 4h --reason noisy --by ops --store URL");

    auto const clip = fresh(rule_status::clipped);
    auto* const clipping = add_action(*command, "clip", "Limit the confidence of a rule", clip, write, result);
    add_rule(*clipping, clip);
    clipping->add_option("--max", clip->confidence_max, "The highest confidence, 0 to 1")
        ->required()
        ->check(CLI::Range(0.0, 1.0));
    add_reason_and_expiry(*clipping, clip);
    add_author(*clipping, clip);
    clipping->footer("Example: rulehost state clip R0001 --max 0.5 --until 2026-12-01T10:00Z --store URL");

    auto const disable = fresh(rule_status::disabled);
    auto* const disabling = add_action(*command, "disable", "Silence a rule", disable, write, result);
    add_rule(*disabling, disable);
    add_reason_and_expiry(*disabling, disable);
    add_author(*disabling, disable);
    disabling->footer("Example: rulehost state disable R0001 --for 4h --reason noisy --store URL");

    auto const enable = fresh(rule_status::enabled);
    auto* const enabling = add_action(*command, "enable", "Decide that a rule speaks, and say why", enable, write, result);
    add_rule(*enabling, enable);
    add_reason_and_expiry(*enabling, enable);
    add_author(*enabling, enable);
    enabling->footer("Example: rulehost state enable R0001 --reason 'false alarm' --store URL");

    auto const cleared = fresh(rule_status::enabled);
    auto* const clearing = add_action(*command, "clear", "Forget what was decided: back to the default", cleared, clear, result);
    add_rule(*clearing, cleared);
    add_author(*clearing, cleared);
    clearing->footer("Example: rulehost state clear R0001 --if-revision 42 --store URL");

    auto const got = fresh(rule_status::enabled);
    auto* const getting = add_action(*command, "get", "Show the state of a rule", got, get, result);
    add_rule(*getting, got);
    getting->footer("Example: rulehost state get R0001 --store URL");

    auto const listed = fresh(rule_status::enabled);
    add_action(*command, "list", "List every state that somebody decided", listed, list, result)
        ->footer("Example: rulehost state list --store URL");

    auto const told = fresh(rule_status::enabled);
    auto* const telling = add_action(*command, "history", "Tell who changed what, when and why", told, history, result);
    telling->add_option("RULE", told->rule_id, "The rule's id; all rules if left out");
    telling->add_option("--after", told->after, "Only what came after this revision");
    telling->footer("Example: rulehost state history R0001 --store URL");
}

} // namespace rulehost::cli
