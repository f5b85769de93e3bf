#include "cli/author_options.hpp"
#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/rules/rule_choice.hpp"
#include "cli/rules/rule_pins.hpp"
#include "cli/state/state_options.hpp"
#include "cli/store/moment.hpp"
#include "cli/terminal.hpp"
#include "store/database/database_lists.hpp"
#include "store/database/observation.hpp"
#include "text/number.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_lists.hpp>
#include <rulehost/rule_tests.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct pin_options {
    std::string store;
    std::string rule;
    std::string to;
    std::string reason;
    author_options author;
    bool json = false;
};

/// A former text of a rule.
struct former_text {
    std::string rule_id;
    revision at = 0;
    rule_history::past_text text;
};

/// The rule is named by the id or the name that it has now or had then. Empty: there is no such text; says so.
std::optional<former_text> text_to_restore(pin_options const& options) {
    std::optional<former_text> found;
    read_past(options.store, {}, [&](rule_history const& history, store_moment now) {
        auto const at = parse_number<revision>(options.to).value();
        require_known(history, at);
        auto choice = choose_past_rule(history, options.rule, now.revision);
        if (!choice.is_present)
            choice = choose_past_rule(history, options.rule, at);
        if (!choice.is_present)
            return complain(choice.absence("nothing was changed"));
        auto text = known_text(history, choice.rule_id, at);
        if (text.what != rule_history::past_text::known::text)
            return complain("the rule " + choice.rule_id + " had no text at revision " + options.to +
                            "; nothing was changed; `rulehost rules log " + choice.rule_id + "` lists its texts");
        found = former_text{choice.rule_id, at, std::move(text)};
    });
    return found;
}

void print(rule_pin const& pin, pin_options const& options) {
    data_output output;
    listing rows(output, listing::form_of(options.json), {"RULE", "TO", "REVISION", "BY", text_column("REASON")});
    rows.add({pin.rule_id, std::to_string(pin.to), std::to_string(pin.revision), pin.set_by, pin.reason}, to_json(pin));
    rows.finish();
    output.flush();
}

asio::awaitable<exit_code> roll_back(database_rule_store& store, former_text former, pin_options const& options) {
    std::map<std::string, std::string> list_rows;
    auto const rows = co_await store.list_lists();
    for (auto const& row : rows)
        list_rows.emplace(row.name, row.values);
    database_lists lists;
    lists.replace(list_rows);
    auto const read = read_row(former.rule_id, former.text.text, former.at, *lists.live());
    if (!read.definition) {
        for (auto const& finding : read.diagnostics)
            std::cerr << to_text(finding);
        complain("the text of revision " + options.to + " is invalid today; nothing was changed");
        co_return exit_code::findings;
    }
    auto const failures = run_rule_tests(read.definition);
    if (has_errors(failures)) {
        for (auto const& finding : failures)
            std::cerr << to_text(finding);
        complain("the text of revision " + options.to + " fails its own tests today; nothing was changed");
        co_return exit_code::findings;
    }
    rule_pin pin;
    pin.to = former.at;
    pin.reason = reason_with_ticket(options.author, options.reason);
    pin.set_by = options.author.by;
    auto const written = co_await store.roll_back(read.definition, former.text.source_path, std::move(pin));
    if (written == 0) {
        complain(former.rule_id + " has that text already; nothing was changed");
        co_return exit_code::findings;
    }
    auto const pins = co_await store.list_pins(former.rule_id);
    for (auto const& each : pins)
        if (each.revision == written)
            print(each, options);
    say(former.rule_id + " has the text of revision " + options.to + " again, as revision " + std::to_string(written) +
        "; its file is left alone until it changes (`rulehost rules unpin " + former.rule_id + "` ends that)");
    co_return exit_code::ok;
}

asio::awaitable<exit_code> unpin(database_rule_store& store, pin_options const& options) {
    auto const choice = co_await choose_rule(store, options.rule);
    auto const made = act_by(options.author, operator_act::rollback, {choice.rule_id}, {});
    if (auto const why = refusal_to_end(options.author.policy, made)) {
        complain(*why + "; it stays pinned");
        co_return exit_code::findings;
    }
    auto const ended = co_await store.unpin(choice.rule_id, options.author.by);
    if (!ended) {
        complain("the rule " + choice.rule_id + " is not pinned; nothing was changed");
        co_return exit_code::findings;
    }
    say(choice.rule_id + " is not pinned any more; where it has a file, a running master writes that within seconds");
    co_return exit_code::ok;
}

} // namespace

void add_rules_rollback(CLI::App& rules, exit_code& result) {
    auto const options = std::make_shared<pin_options>();
    auto* const command = rules.add_subcommand("rollback", "Make a former text of a rule live again, and pin it");
    add_store_option(*command, options->store)->required();
    command->add_option("RULE", options->rule, "The rule's id, or its name")->required();
    command
        ->add_option("--to", options->to, "The revision of the store whose text the rule gets; `rules log` lists them")
        ->required()
        ->transform(as_revision());
    command->add_option("--reason", options->reason, "Why, for the next operator")->required()->check(is_not_blank());
    add_ticket(*command, options->author);
    add_author(*command, options->author);
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer(
        "Example: rulehost rules rollback R0018 --to 40 --reason 'too many hits' --store sqlite:var/rulehost.db\n"
        "A new revision with the text of an older one. The master leaves the rule alone until its file has another\n"
        "content than now; then the file wins. `rules unpin` ends the pin earlier. Exit code 1: nothing was changed.");
    command->callback([options, &result] {
        if (!named_list(options->rule).empty())
            throw CLI::ValidationError("rules rollback is about rules, not lists");
        read_policy(options->author);
        auto former = text_to_restore(*options);
        if (!former) {
            result = exit_code::findings;
            return;
        }
        auto const asked = act_by(options->author, operator_act::rollback, {former->rule_id}, options->reason);
        if (auto const why = policy_violation(options->author.policy, asked)) {
            complain(*why + "; nothing was changed");
            result = exit_code::findings;
            return;
        }
        result = run_on_database(options->store, database_access::existing,
                                 [options, former = *std::move(former)](database_rule_store& store, time_source&) {
                                     return roll_back(store, former, *options);
                                 });
    });
}

void add_rules_unpin(CLI::App& rules, exit_code& result) {
    auto const options = std::make_shared<pin_options>();
    auto* const command =
        rules.add_subcommand("unpin", "End the pin of a rule: its file is written to the store again");
    add_store_option(*command, options->store)->required();
    command->add_option("RULE", options->rule, "The rule's id, or its name")->required();
    add_author(*command, options->author);
    command->footer("Example: rulehost rules unpin R0018 --store sqlite:var/rulehost.db");
    command->callback([options, &result] {
        read_policy(options->author);
        result =
            run_on_database(options->store, database_access::existing,
                            [options](database_rule_store& store, time_source&) { return unpin(store, *options); });
    });
}

} // namespace rulehost::cli
