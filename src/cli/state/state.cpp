#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/length_option.hpp"
#include "cli/one_shot.hpp"
#include "cli/selector_words.hpp"
#include "cli/state/preview.hpp"
#include "cli/state/state_options.hpp"
#include "cli/store/rollout_wait.hpp"
#include "cli/value_checks.hpp"
#include "cli/withheld.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

using options_ptr = std::shared_ptr<state_options>;

/// The contradiction between the flags; empty: none.
std::string contradiction_in(state_options const& options) {
    if (options.status == rule_status::clipped && !options.confidence_max)
        return "a clipped rule needs --max, its highest confidence";
    if (options.status != rule_status::clipped && options.confidence_max)
        return "--max is for a clipped rule";
    bool const is_plain = options.starts.empty() && options.scope.empty() && options.author.ticket.empty() &&
        options.words.size() == 1 && !selects_several(as_selector(options.words.front())) &&
        options.effect != decision_effect::observe;
    if (options.needs_end && !options.lasts && !options.until)
        return "takes --for or --until";
    if (options.release && options.ids.empty())
        return "--release takes the ids of the decisions";
    if (!options.words.empty() && (options.replace || options.expected) && !is_plain)
        return "--replace and --if-revision are about the state of one rule, without --from, --where and --ticket";
    return {};
}

/// Does what was asked, and waits for the workers where that was asked as well.
asio::awaitable<exit_code> act_and_wait(database_rule_store& store, time_source& time, state_action act,
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

CLI::App* add_action(CLI::App& command, std::string const& name, std::string const& what, options_ptr const& options,
                     state_action act, database_access access, exit_code& result) {
    auto* const added = command.add_subcommand(name, what);
    add_store_option(*added, options->store)->required();
    added->add_flag("--json", options->json, "NDJSON also on a terminal");
    added->callback([options, act, access, &result] {
        if (auto const contradiction = contradiction_in(*options); !contradiction.empty())
            throw CLI::ValidationError(contradiction);
        if (options->changes)
            read_policy(options->author);
        if (options->dry_run) {
            result = preview(*options);
            return;
        }
        result = run_on_database(options->store, access, [options, act](database_rule_store& store, time_source& time) {
            return act_and_wait(store, time, act, *options);
        });
        if (!options->release)
            return;
        if (result == exit_code::ok)
            for (auto const id : options->ids)
                release_withheld(options->store, id);
        else
            say("nothing was released; `rulehost withheld release ID` does it for each decision that has ended");
    });
    return added;
}

void add_rule(CLI::App& command, options_ptr const& options) {
    command.add_option("RULE", options->rule_id, "The rule's id, or its name")->required();
}

void add_change(CLI::App& command, options_ptr const& options) {
    options->changes = true;
    add_author(command, options->author);
    add_length_option(command, "--wait", options->waits, "30s or 2m",
                      "Wait so long until every worker has it: 10s; exit code 1: some have not");
}

void add_replacing(CLI::App& command, options_ptr const& options, std::string const& what) {
    auto* const replace = command.add_flag("--replace", options->replace, what);
    command
        .add_option("--if-revision", options->expected,
                    "Only if the newest decision about the rule is still this one: a revision, or an id")
        ->transform(as_revision())
        ->excludes(replace);
}

void add_ahead(CLI::App& command, options_ptr const& options) {
    command.add_flag("--ahead", options->ahead, "Also about a rule that is not in the store yet");
}

void add_end(CLI::App& command, options_ptr const& options) {
    auto const take_time = [options](std::string const& text) {
        try {
            options->until = zoned_time("--until", text);
        } catch (std::invalid_argument const& problem) {
            throw CLI::ValidationError(problem.what());
        }
    };
    auto* const lasts = add_length_option(command, "--for", options->lasts, "4h, 30m or 1h30m",
                                          "Ends by itself after this long: 4h, 30m, 2w");
    command
        .add_option_function<std::string>("--until", take_time,
                                          "Ends by itself at this time, with its zone: 2026-12-01T10:00Z")
        ->excludes(lasts);
}

void add_reason(CLI::App& command, options_ptr const& options) {
    command.add_option("--reason", options->reason, "Why, for the next operator")->check(is_not_blank());
}

CLI::Option* add_limit(CLI::App& command, options_ptr const& options, std::string const& what) {
    return command.add_option("--max", options->confidence_max, what)->check(is_confidence());
}

/// `decide`, or `set_plain` where a state is to be replaced.
asio::awaitable<exit_code> decide_or_replace(database_rule_store& store, state_options const& options) {
    if (!options.replace && !options.expected)
        co_return co_await decide(store, options);
    auto plain = options;
    plain.rule_id = options.words.front();
    plain.status = options.effect == decision_effect::clip ? rule_status::clipped : rule_status::disabled;
    co_return co_await set_plain(store, plain);
}

CLI::App& add_decision(CLI::App& command, std::string const& name, std::string const& what, decision_effect effect,
                       exit_code& result) {
    auto const options = std::make_shared<state_options>();
    options->effect = effect;
    if (effect == decision_effect::clip)
        options->status = rule_status::clipped;
    auto* const added = add_action(command, name, what, options, decide_or_replace, database_access::existing, result);
    added
        ->add_option(
            "RULE", options->words,
            "Rule ids or names, globs over ids (R02*), techniques or tactics (T1059, TA0007), or name:'*scan*'")
        ->required();
    if (effect == decision_effect::clip)
        add_limit(*added, options, "The highest confidence, 0 to 1")->required();
    added
        ->add_option("--where", options->scope,
                     "Only events with this value: src_ip=10.0.0.0/8, session=ID, attacker=UUID, sensor=NAME or "
                     "FIELD=VALUE; given more than once, all hold")
        ->allow_extra_args(false);
    added->add_option("--from", options->starts, "Begins later: a time with its zone, or how long until then (2h)");
    add_end(*added, options);
    add_reason(*added, options);
    add_ticket(*added, options->author);
    add_change(*added, options);
    add_ahead(*added, options);
    if (effect != decision_effect::observe)
        add_replacing(*added, options, "End what stands on the rule, also what somebody else decided");
    added->add_flag("--dry-run", options->dry_run,
                    "Decide nothing: show which tags of the last day and week it would have withheld or changed");
    return *added;
}

/// Commands about one rule, or about all.
options_ptr plain_options(rule_status status = rule_status::enabled) {
    auto const options = std::make_shared<state_options>();
    options->status = status;
    return options;
}

void add_decisions(CLI::App& command, exit_code& result) {
    add_decision(command, "disable", "Silence rules", decision_effect::disable, result)
        .footer("Several decisions may stand on a rule; the strongest one counts.\n"
                "Example: rulehost state disable R0001 --for 4h --reason noisy --store URL\n"
                "Example: rulehost state disable T1082 'R02*' --where src_ip=10.0.0.0/8 --for 2w --store URL");
    add_decision(command, "clip", "Limit the confidence of rules", decision_effect::clip, result)
        .footer("Example: rulehost state clip R0001 --max 0.5 --until 2026-12-01T10:00Z --store URL");
    add_decision(command, "observe", "Mark the tags of rules as only observed: no output sends them",
                 decision_effect::observe, result)
        .footer("Example: rulehost state observe R0400 --reason 'new rule' --store URL\n"
                "`rulehost state undo ID` promotes it.");

    auto const extended = plain_options();
    extended->needs_end = true;
    auto* const extending = add_action(command, "extend", "Give decisions another end, counted from now", extended,
                                       extend, database_access::existing, result);
    extending->add_option("ID", extended->ids, "The decisions, as `state list` shows them")
        ->required()
        ->transform(as_revision());
    add_end(*extending, extended);
    add_reason(*extending, extended);
    add_ticket(*extending, extended->author);
    add_change(*extending, extended);
    extending->footer("Example: rulehost state extend 42 --for 2h --store URL");

    auto const undone = plain_options();
    auto* const undoing = add_action(command, "undo", "End decisions, and say what still stands", undone, undo,
                                     database_access::existing, result);
    undoing->add_option("ID", undone->ids, "The decisions; default: your newest one")->transform(as_revision());
    add_change(*undoing, undone);
    undoing->add_flag("--release", undone->release, "Make the tags that they withheld tags");
    undoing->footer("Example: rulehost state undo 42 --store URL");
}

void add_plain_states(CLI::App& command, exit_code& result) {
    auto const set = plain_options();
    auto* const setting =
        add_action(command, "set", "Replace the state of a rule", set, set_plain, database_access::existing, result);
    add_rule(*setting, set);
    auto const take_status = [set](std::string const& text) { set->status = rule_status_from(text).value(); };
    setting->add_option_function<std::string>("STATE", take_status, "enabled, disabled or clipped")
        ->required()
        ->check(is_one_of({"enabled", "disabled", "clipped"}));
    add_limit(*setting, set, "Of a clipped rule: the highest confidence, 0 to 1");
    add_end(*setting, set);
    add_reason(*setting, set);
    add_change(*setting, set);
    add_ahead(*setting, set);
    add_replacing(*setting, set, "Also if somebody else's decision stands");
    setting->footer("Example: rulehost state set R0001 disabled --for 4h --reason noisy --by ops --store URL");

    auto const enable = plain_options();
    auto* const enabling = add_action(command, "enable", "End what was decided about a rule, and say why", enable,
                                      set_plain, database_access::existing, result);
    add_rule(*enabling, enable);
    add_end(*enabling, enable);
    add_reason(*enabling, enable);
    add_change(*enabling, enable);
    add_ahead(*enabling, enable);
    add_replacing(*enabling, enable, "Also what somebody else decided");
    enabling->footer("Decisions about several rules stand; it names them.\n"
                     "Example: rulehost state enable R0001 --reason 'false alarm' --store URL");

    auto const cleared = plain_options();
    auto* const clearing = add_action(command, "clear", "End what was decided about a rule: back to the default",
                                      cleared, clear, database_access::existing, result);
    add_rule(*clearing, cleared);
    add_change(*clearing, cleared);
    add_ahead(*clearing, cleared);
    add_replacing(*clearing, cleared, "Also what somebody else decided");
    clearing->footer("Example: rulehost state clear R0001 --if-revision 42 --store URL\n"
                     "It prints the revision of this change; that of a default state is 0.");
}

void add_queries(CLI::App& command, exit_code& result) {
    auto const got = plain_options();
    auto* const getting =
        add_action(command, "get", "Show what stands on a rule", got, get, database_access::read, result);
    getting->add_option("RULE", got->rule_id, "The rule's id, or its name, or the id of a decision")->required();
    getting->footer("Example: rulehost state get R0001 --store URL");

    auto const listed = plain_options();
    auto* const listing =
        add_action(command, "list", "List what is decided", listed, list, database_access::read, result);
    listing->add_option("--by", listed->author.by, "Only what this person decided");
    add_length_option(*listing, "--ending", listed->ending, "8h or 30m", "Only what ends within this time: 8h");
    add_length_option(*listing, "--ended", listed->ended, "30m or 1d",
                      "Instead, what ended within the last 30m, by itself or by somebody; not what was extended");
    listing->footer("Example: rulehost state list --ending 8h --store URL");

    auto const past = plain_options();
    auto* const history_command = add_action(command, "history", "Show who changed what, when and why", past, history,
                                             database_access::read, result);
    history_command->add_option("RULE", past->rule_id, "The rule's id, or its name; default: all rules");
    history_command->add_option("--after", past->after, "Only what came after this revision")->transform(as_revision());
    history_command->footer("Example: rulehost state history R0001 --store URL");
}

} // namespace

void add_state(CLI::App& program, exit_code& result) {
    auto* const command =
        program.add_subcommand("state", "Disable, clip or observe rules, on every worker, with a reason and an end");
    command->require_subcommand(1);
    command->footer("Example: rulehost state disable R0001 --for 4h --reason noisy --store sqlite:var/rulehost.db");
    add_decisions(*command, result);
    add_plain_states(*command, result);
    add_queries(*command, result);
}

} // namespace rulehost::cli
