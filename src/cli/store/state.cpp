#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/input_options.hpp"
#include "cli/length_option.hpp"
#include "cli/one_shot.hpp"
#include "cli/rules/rule_choice.hpp"
#include "cli/store/history_record.hpp"
#include "cli/store/rollout_wait.hpp"
#include "cli/store/state_text.hpp"
#include "cli/terminal.hpp"
#include "rule/confidence_floor.hpp"
#include "text/number.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct state_options {
    std::string store;
    std::string rule_id;
    rule_status status = rule_status::enabled;
    std::optional<double> confidence_max;
    std::optional<duration> lasts; ///< --for
    std::optional<time_point> until;
    std::string reason;
    std::string by;
    std::optional<revision> expected;
    bool replace = false; ///< also what somebody else decided
    bool ahead = false;   ///< also about a rule that is not in the store
    duration waits{};     ///< --wait, for every worker to have it
    revision after = 0;
    bool json = false;

    listing::form form() const { return listing::form_of(json); }
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
                state.set_at ? whole_seconds(*state.set_at) : "", std::to_string(state.revision), state.reason},
               record);
}

void print_state(rule_state const& state, time_point now, state_options const& options) {
    data_output output;
    auto states = state_listing(output, options);
    add_state(states, options.rule_id, state, now);
    states.finish();
}

/// The contradiction between the flags; empty: none.
std::string contradiction_in(state_options const& options) {
    if (options.status == rule_status::clipped && !options.confidence_max)
        return "a clipped rule needs --max, its highest confidence";
    if (options.status != rule_status::clipped && options.confidence_max)
        return "--max is for a clipped rule";
    return {};
}

void say(std::string const& text) {
    std::cerr << "rulehost: " << escape_for_terminal(text) << std::endl;
}

/// The options with the id of the rule that was named.
state_options about(rule_choice const& choice, state_options options) {
    if (choice.rule_id != options.rule_id)
        say("'" + options.rule_id + "' is the name of " + choice.rule_id);
    options.rule_id = choice.rule_id;
    return options;
}

/// A misspelt id is refused at once, not noticed at the next alarm.
exit_code refuse(rule_choice const& choice) {
    complain(choice.absence("nothing was changed; --ahead decides about a rule that is still to come"));
    return exit_code::findings;
}

/// A decision that stands and that another one must not replace unasked.
bool is_protected(rule_state const& standing, state_options const& options) {
    return !options.expected && standing != rule_state() && standing.set_by != options.by;
}

std::string standing_text(std::string const& rule_id, std::string const& verb, rule_state const& standing) {
    return rule_id + verb + state_text(standing) + " by " + (standing.set_by.empty() ? "somebody" : standing.set_by) +
        (standing.expires_at ? " until " + whole_seconds(*standing.expires_at) : " without an end") +
        (standing.reason.empty() ? "" : " (" + standing.reason + ")");
}

exit_code refuse(rule_state const& standing, time_point now, state_options const& options) {
    print_state(standing, now, options);
    complain(standing_text(options.rule_id, " is ", standing) +
             "; nothing was changed; --replace replaces that decision");
    return exit_code::findings;
}

exit_code refuse(state_conflict const& conflict, time_point now, state_options const& options) {
    print_state(conflict.current, now, options);
    complain(std::string{conflict.what()} + "; look at it, then repeat with --if-revision " +
             std::to_string(conflict.current.revision));
    return exit_code::findings;
}

asio::awaitable<exit_code> write(database_rule_store& store, state_options const& given) {
    auto const choice = co_await choose_rule(store, given.rule_id);
    auto const options = about(choice, given);
    if (!choice.is_present && !options.ahead)
        co_return refuse(choice);
    // By the clock that the expiry will go by, not by that of the operator's machine.
    auto const now = co_await store.clock();
    if (options.until && *options.until <= now) {
        complain("--until must lie in the future; now it is " + whole_seconds(now));
        co_return exit_code::usage;
    }
    rule_state wanted(options.status);
    wanted.confidence_max = options.confidence_max;
    wanted.expires_at = options.lasts ? now + *options.lasts : options.until;
    wanted.reason = options.reason;
    for (std::optional<rule_state> stored; !stored;) {
        // Only the state that was shown is replaced: if somebody has decided since, look again.
        auto const before = co_await store.get_state(options.rule_id);
        if (is_protected(before, options) && !options.replace)
            co_return refuse(before, now, options);
        try {
            stored = co_await store.set_state(options.rule_id, wanted, options.by,
                                              options.expected.value_or(before.revision));
        } catch (state_conflict const& conflict) {
            if (options.expected)
                co_return refuse(conflict, now, options);
            continue;
        } catch (invalid_state const& invalid) {
            complain(invalid.what());
            co_return exit_code::usage;
        }
        if (is_protected(before, options))
            say("replaced: " + standing_text(options.rule_id, " was ", before));
        print_state(*stored, now, options);
    }
    if (wanted.status != rule_status::enabled && !wanted.expires_at)
        say(options.rule_id + " stays " + state_text(wanted) +
            " until somebody changes that; with --for 4h it ends by itself");
    if (wanted.status == rule_status::clipped && *wanted.confidence_max < default_confidence_floor)
        say("a confidence below the floor of 0.3 is never a tag: unless the host's 'confidence_floor' is lower, this "
            "disables the rule");
    if (!choice.is_present)
        say(choice.absence("the state waits for it"));
    co_return exit_code::ok;
}

/// Of rows that somebody damaged: of one rule, or of all when `rule_id` is empty.
asio::awaitable<std::vector<diagnostic>> damage(database_rule_store& store, std::string rule_id) {
    auto const damaged = co_await store.list_damaged_states();
    std::vector<diagnostic> found;
    for (auto const& each : damaged)
        if (rule_id.empty() || each.rule_id == rule_id)
            found.push_back(each.diagnostics.front());
    co_return found;
}

void warn_of(std::vector<diagnostic> const& damage) {
    for (auto const& each : damage)
        std::cerr << to_text(each);
    if (!damage.empty())
        say("somebody wrote that past rulehost; `rulehost state clear RULE` removes it");
}

asio::awaitable<exit_code> clear(database_rule_store& store, state_options const& given) {
    auto const choice = co_await choose_rule(store, given.rule_id);
    auto const options = about(choice, given);
    auto const now = co_await store.clock();
    auto const damaged = co_await damage(store, options.rule_id);
    for (;;) {
        // Only the state that is reported is cleared: if somebody has decided since, look again.
        auto const before = co_await store.get_state(options.rule_id);
        bool const is_decided = before != rule_state() || !damaged.empty();
        if (!choice.is_present && !is_decided && !options.ahead)
            co_return refuse(choice);
        if (is_protected(before, options) && !options.replace)
            co_return refuse(before, now, options);
        auto const expected = options.expected || !damaged.empty() ? options.expected : before.revision;
        try {
            auto stands = co_await store.clear_state(options.rule_id, options.by, expected);
            if (is_decided)
                stands.revision = co_await revision_of_clearing(store, options.rule_id, before.revision);
            print_state(stands, now, options);
        } catch (state_conflict const& conflict) {
            if (options.expected)
                co_return refuse(conflict, now, options);
            continue;
        } catch (invalid_state const& invalid) {
            complain(invalid.what());
            co_return exit_code::usage;
        }
        if (!is_decided)
            say(options.rule_id + " had no state; nothing was changed");
        else if (is_protected(before, options))
            say("cleared: " + standing_text(options.rule_id, " was ", before));
        co_return exit_code::ok;
    }
}

asio::awaitable<exit_code> get(database_rule_store& store, state_options const& given) {
    auto const choice = co_await choose_rule(store, given.rule_id);
    auto const options = about(choice, given);
    auto const now = co_await store.clock();
    auto const state = co_await store.get_state(options.rule_id);
    auto const damaged = co_await damage(store, options.rule_id);
    if (!choice.is_present && state == rule_state() && damaged.empty()) {
        complain(choice.absence());
        co_return exit_code::findings;
    }
    print_state(state, now, options);
    warn_of(damaged);
    if (!choice.is_present)
        say(choice.absence());
    co_return exit_code::ok;
}

asio::awaitable<exit_code> list(database_rule_store& store, state_options const& options) {
    auto const now = co_await store.clock();
    auto stored = co_await store.list_states();
    std::erase_if(stored,
                  [](auto const& each) { return each.second == rule_state(); }); // expired, and not yet reverted
    data_output output;
    auto states = state_listing(output, options);
    for (auto const& [rule_id, state] : stored)
        add_state(states, rule_id, state, now);
    states.finish();
    if (stored.empty())
        say("nothing is decided: every rule is enabled");
    std::string const every_rule;
    auto const damaged = co_await damage(store, every_rule);
    warn_of(damaged);
    co_return exit_code::ok;
}

asio::awaitable<exit_code> history(database_rule_store& store, state_options const& given) {
    rule_choice choice;
    if (!given.rule_id.empty())
        choice = co_await choose_rule(store, given.rule_id);
    auto const options = about(choice, given);
    data_output output;
    listing entries(output, options.form(), {"REVISION", "AT", "RULE", "KIND", "BY", "WHAT"});
    bool found = false;
    auto add = [&](history_entry const& entry) {
        found = true;
        entries.add({std::to_string(entry.revision), whole_seconds(entry.changed_at), entry.rule_id, entry.kind,
                     entry.changed_by, summary_of(entry)},
                    record_of(entry));
    };
    co_await for_each_change(store, options.rule_id, options.after, std::move(add));
    entries.finish();
    if (!found && !options.rule_id.empty() && !choice.is_present) {
        complain(choice.absence());
        co_return exit_code::findings;
    }
    co_return exit_code::ok;
}

using action = asio::awaitable<exit_code> (*)(database_rule_store&, state_options const&);

/// Does what was asked, and waits for the workers where that was asked as well.
asio::awaitable<exit_code> act_and_wait(database_rule_store& store, time_source& time, action act,
                                        state_options const& options) {
    auto const done = co_await act(store, options);
    if (done != exit_code::ok || options.waits == duration::zero())
        co_return done;
    auto const wanted = (co_await store.list_workers()).newest;
    auto const outcome = co_await wait_for_rollout(store, time, wanted, options.waits, rollout::gone_workers::count);
    auto const live = report_rollout(outcome, wanted);
    if (live != exit_code::ok)
        say("the decision stands; a worker takes it as soon as it reaches the store");
    co_return live;
}

using options_ptr = std::shared_ptr<state_options>;

CLI::App* add_action(CLI::App& command, std::string const& name, std::string const& what, options_ptr const& options,
                     action act, database_access access, exit_code& result) {
    auto* const added = command.add_subcommand(name, what);
    add_store_option(*added, options->store)->required();
    added->add_flag("--json", options->json, "NDJSON also on a terminal");
    added->callback([options, act, access, &result] {
        if (auto const contradiction = contradiction_in(*options); !contradiction.empty())
            throw CLI::ValidationError(contradiction);
        result = run_on_database(options->store, access, [options, act](database_rule_store& store, time_source& time) {
            return act_and_wait(store, time, act, *options);
        });
    });
    return added;
}

void add_rule(CLI::App& command, options_ptr const& options) {
    command.add_option("RULE", options->rule_id, "The rule's id, or its name")->required();
}

void add_author(CLI::App& command, options_ptr const& options) {
    command.add_option("--by", options->by, "Who decides; your user name if left out");
    auto* const replace = command.add_flag("--replace", options->replace, "Also if somebody else's decision stands");
    command.add_option("--if-revision", options->expected, "Only if the state's revision is still this one")
        ->check(is_revision())
        ->excludes(replace);
    command.add_flag("--ahead", options->ahead, "Also about a rule that is not in the store yet");
    add_length_option(command, "--wait", options->waits, "30s or 2m",
                      "Wait so long until every worker has it: 10s; exit code 1: some have not");
}

void add_reason_and_expiry(CLI::App& command, options_ptr const& options) {
    auto const take_time = [options](std::string const& text) {
        try {
            options->until = zoned_time("--until", text);
        } catch (std::invalid_argument const& problem) {
            throw CLI::ValidationError(problem.what());
        }
    };
    auto* const lasts = add_length_option(command, "--for", options->lasts, "4h, 30m or 1h30m",
                                          "Reverts by itself after this long: 4h, 30m, 7d");
    command
        .add_option_function<std::string>("--until", take_time,
                                          "Reverts by itself at this time, with its zone: 2026-12-01T10:00Z")
        ->excludes(lasts);
    command.add_option("--reason", options->reason, "Why, for the next operator");
}

CLI::Option* add_limit(CLI::App& command, options_ptr const& options, std::string const& what) {
    auto const is_confidence = [](std::string const& text) {
        auto const number = parse_number<double>(text);
        return number && *number >= 0 && *number <= 1 ? std::string()
                                                      : "takes a number from 0 to 1, not '" + text + "'";
    };
    return command.add_option("--max", options->confidence_max, what)->check(CLI::Validator(is_confidence, ""));
}

} // namespace

void add_state(CLI::App& program, exit_code& result) {
    auto* const command =
        program.add_subcommand("state", "Disable or clip a rule, on every worker, with a reason and an end");
    command->require_subcommand(1);
    command->footer("Example: rulehost state disable R0001 --for 4h --reason noisy --store sqlite:var/rulehost.db");
    auto const fresh = [](rule_status status) {
        auto const options = std::make_shared<state_options>();
        options->status = status;
        options->by = user_name();
        return options;
    };

    auto const set = fresh(rule_status::enabled);
    auto* const setting =
        add_action(*command, "set", "Decide the state of a rule", set, write, database_access::existing, result);
    add_rule(*setting, set);
    auto const take_status = [set](std::string const& text) { set->status = rule_status_from(text).value(); };
    setting->add_option_function<std::string>("STATE", take_status, "enabled, disabled or clipped")
        ->required()
        ->check(CLI::IsMember({"enabled", "disabled", "clipped"}).description(""));
    add_limit(*setting, set, "Of a clipped rule: the highest confidence, 0 to 1");
    add_reason_and_expiry(*setting, set);
    add_author(*setting, set);
    setting->footer("Example: rulehost state set R0001 disabled --for 4h --reason noisy --by ops --store URL");

    auto const clip = fresh(rule_status::clipped);
    auto* const clipping =
        add_action(*command, "clip", "Limit the confidence of a rule", clip, write, database_access::existing, result);
    add_rule(*clipping, clip);
    add_limit(*clipping, clip, "The highest confidence, 0 to 1")->required();
    add_reason_and_expiry(*clipping, clip);
    add_author(*clipping, clip);
    clipping->footer("Example: rulehost state clip R0001 --max 0.5 --until 2026-12-01T10:00Z --store URL");

    auto const disable = fresh(rule_status::disabled);
    auto* const disabling =
        add_action(*command, "disable", "Silence a rule", disable, write, database_access::existing, result);
    add_rule(*disabling, disable);
    add_reason_and_expiry(*disabling, disable);
    add_author(*disabling, disable);
    disabling->footer("Example: rulehost state disable R0001 --for 4h --reason noisy --store URL");

    auto const enable = fresh(rule_status::enabled);
    auto* const enabling = add_action(*command, "enable", "Decide that a rule speaks, and say why", enable, write,
                                      database_access::existing, result);
    add_rule(*enabling, enable);
    add_reason_and_expiry(*enabling, enable);
    add_author(*enabling, enable);
    enabling->footer("Example: rulehost state enable R0001 --reason 'false alarm' --store URL");

    auto const cleared = fresh(rule_status::enabled);
    auto* const clearing = add_action(*command, "clear", "Forget what was decided: back to the default", cleared, clear,
                                      database_access::existing, result);
    add_rule(*clearing, cleared);
    add_author(*clearing, cleared);
    clearing->footer("Example: rulehost state clear R0001 --if-revision 42 --store URL\n"
                     "It prints the revision of this change; that of a default state is 0.");

    auto const got = fresh(rule_status::enabled);
    auto* const getting =
        add_action(*command, "get", "Show the state of a rule", got, get, database_access::read, result);
    add_rule(*getting, got);
    getting->footer("Example: rulehost state get R0001 --store URL");

    auto const listed = fresh(rule_status::enabled);
    add_action(*command, "list", "List every state that somebody decided", listed, list, database_access::read, result)
        ->footer("Example: rulehost state list --store URL");

    auto const history_options = fresh(rule_status::enabled);
    auto* const history_command = add_action(*command, "history", "Show who changed what, when and why",
                                             history_options, history, database_access::read, result);
    history_command->add_option("RULE", history_options->rule_id, "The rule's id, or its name; all rules if left out");
    history_command->add_option("--after", history_options->after, "Only what came after this revision")
        ->check(is_revision());
    history_command->footer("Example: rulehost state history R0001 --store URL");
}

} // namespace rulehost::cli
