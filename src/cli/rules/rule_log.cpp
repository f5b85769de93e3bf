#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/rules/rule_choice.hpp"
#include "cli/rules/rule_pins.hpp"
#include "cli/rules/text_difference.hpp"
#include "cli/store/history_record.hpp"
#include "cli/store/moment.hpp"
#include "cli/terminal.hpp"
#include "text/number.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_lists.hpp>
#include <rulehost/rule_pin.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct log_options {
    std::string store;
    std::string rule;
    bool json = false;
};

struct diff_options {
    std::string store;
    std::string rule;
    std::string from;
    std::string to;
};

/// Lists the changes of one rule or list, one after the other.
class change_lister {
public:
    /// `is_whole`: the history goes back to the first change of the store. `pins`: of the rule.
    change_lister(listing& to, bool is_whole, std::vector<rule_pin> pins)
        : to_(to), pins_(std::move(pins)), is_new_(is_whole) {}

    void add(history_entry const& entry) {
        auto record = record_of(entry);
        auto change = entry.kind == "expiry" ? std::string("expired")
            : entry.kind == "state"          ? std::string("decision")
                                             : text_change(entry, record);
        auto what = summary_of(entry);
        auto const pin = std::ranges::find(pins_, entry.revision, &rule_pin::revision);
        if (pin != pins_.end()) {
            change += ", back to " + std::to_string(pin->to);
            what = text_of(*pin);
            record["pin"] = to_json(*pin);
        }
        record["change"] = change;
        to_.add({std::to_string(entry.revision), whole_seconds(entry.changed_at), entry.changed_by, std::move(change),
                 std::move(what)},
                record);
    }

private:
    std::string text_change(history_entry const& entry, boost::json::object& record) {
        if (entry.detail.empty()) {
            former_.reset();
            is_new_ = true;
            return "deleted";
        }
        auto text = text_in(record.at("detail"), entry.kind == "list" ? "list_values" : "yaml_content");
        auto const former = std::exchange(former_, std::move(text));
        if (!former)
            return is_new_ ? "new" : "text"; // the former text is older than the history
        auto const difference = difference_of(*former, *former_);
        record["lines_added"] = difference.added;
        record["lines_removed"] = difference.removed;
        return "text +" + std::to_string(difference.added) + " -" + std::to_string(difference.removed);
    }

    listing& to_;
    std::vector<rule_pin> pins_;
    std::optional<std::string> former_;
    bool is_new_;
};

asio::awaitable<exit_code> show_log(database_rule_store& store, log_options const& options) {
    std::string id(named_list(options.rule));
    auto const is_list = !id.empty();
    rule_choice choice;
    if (!is_list) {
        choice = co_await choose_rule(store, options.rule);
        id = choice.rule_id;
    }
    std::string const everything;
    auto const oldest = co_await store.history(everything, 0, 1);
    auto const is_whole = oldest.empty() || oldest.front().revision == 1;
    data_output output;
    listing entries(output, listing::form_of(options.json),
                    {"REVISION", time_column("AT"), "BY", "CHANGE", text_column("WHAT")});
    std::vector<rule_pin> pins;
    if (!is_list)
        pins = co_await store.list_pins(id);
    change_lister lister(entries, is_whole, std::move(pins));
    auto found = false;
    auto add = [&](history_entry const& entry) {
        if ((entry.kind == "list") != is_list)
            return;
        lister.add(entry);
        found = true;
    };
    co_await for_each_change(store, id, 0, std::move(add));
    entries.finish();
    if (!is_whole)
        std::cerr << "rulehost: changes before " << whole_seconds(oldest.front().changed_at) << " are not kept any more"
                  << std::endl;
    auto is_present = choice.is_present;
    if (is_list) {
        auto const lists = co_await store.list_lists();
        is_present = std::ranges::find(lists, id, &list_row::name) != lists.end();
    }
    if (!found && !is_present)
        complain(is_list ? "no list $" + id + " is live here, nor was one" : choice.absence());
    co_return found || is_present ? exit_code::ok : exit_code::findings;
}

/// The rule named `typed`: a present one, or one that the history knows by its id.
rule_choice choose_known_rule(std::string const& store, std::string const& typed) {
    rule_choice choice;
    run_on_database(store, database_access::read,
                    [&](database_rule_store& from, time_source&) -> asio::awaitable<exit_code> {
                        choice = co_await choose_rule(from, typed);
                        if (!choice.is_present) {
                            auto const past = co_await from.history(choice.rule_id, 0, 1);
                            choice.is_present = !past.empty() && past.front().kind != "list";
                        }
                        co_return exit_code::ok;
                    });
    return choice;
}

std::string title_of(rule_history const& history, std::string const& rule_id, revision at,
                     rule_history::past_text const& text) {
    if (text.what != rule_history::past_text::known::text)
        return "/dev/null";
    auto const time = history.time_of(at);
    return rule_id + " at revision " + std::to_string(at) + (time ? " of " + whole_seconds(*time) : "");
}

/// A line in its colour, escaped for a terminal.
std::string coloured(std::string const& line) {
    auto const* const colour = line[0] == '+' ? "\x1b[32m"
        : line[0] == '-'                      ? "\x1b[31m"
        : line[0] == '@'                      ? "\x1b[36m"
                                              : "";
    auto const text = escape_for_terminal(line);
    return *colour == '\0' ? text : colour + text + "\x1b[0m";
}

exit_code show_difference(diff_options const& options) {
    if (!named_list(options.rule).empty())
        throw std::invalid_argument("rules diff compares rules, not lists; `rules log '" + options.rule +
                                    "'` shows the history of a list");
    auto const known_rule = choose_known_rule(options.store, options.rule);
    auto code = exit_code::ok;
    read_past(options.store, {}, [&](rule_history const& history, store_moment now) {
        auto const from = parse_number<revision>(options.from).value();
        auto const to = options.to.empty() ? now.revision : parse_number<revision>(options.to).value();
        require_known(history, from);
        require_known(history, to);
        auto choice = known_rule;
        for (auto const at : {to, from})
            if (auto const then = choice.is_present ? choice : choose_past_rule(history, options.rule, at);
                then.is_present)
                choice = then;
        if (!choice.is_present) {
            complain(choice.absence());
            code = exit_code::findings;
            return;
        }
        auto const& rule_id = choice.rule_id;
        auto const before = known_text(history, rule_id, from);
        auto const after = known_text(history, rule_id, to);
        using known = rule_history::past_text::known;
        if (before.what == known::none && after.what == known::none) {
            complain("the rule " + rule_id + " has no text at either revision");
            code = exit_code::findings;
            return;
        }
        auto const difference = difference_of(before.text, after.text);
        data_output output;
        auto const write = [&, for_person = is_terminal(stream::output)](std::string const& line) {
            output.write((for_person ? coloured(line) : line) + '\n');
        };
        if (!difference.lines.empty()) {
            write("--- " + title_of(history, rule_id, from, before));
            write("+++ " + title_of(history, rule_id, to, after));
        }
        for (auto const& line : difference.lines)
            write(line);
        output.flush();
        if (!difference.lines.empty())
            code = exit_code::findings;
    });
    return code;
}

} // namespace

void add_rules_log(CLI::App& rules, exit_code& result) {
    auto const options = std::make_shared<log_options>();
    auto* const command = rules.add_subcommand("log", "Show the history of a rule: its texts and decisions");
    add_store_option(*command, options->store)->required();
    command->add_option("RULE", options->rule, "The rule's id, or its name; of a list '$NAME'")->required();
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("Example: rulehost rules log R0018 --store sqlite:var/rulehost.db\n"
                    "The oldest first, as far as the history reaches: 90 days. `rules diff` shows a change itself.");
    command->callback([options, &result] {
        result =
            run_on_database(options->store, database_access::read,
                            [options](database_rule_store& store, time_source&) { return show_log(store, *options); });
    });
}

void add_rules_diff(CLI::App& rules, exit_code& result) {
    auto const options = std::make_shared<diff_options>();
    auto* const command = rules.add_subcommand("diff", "Show how the text of a rule changed between two revisions");
    add_store_option(*command, options->store)->required();
    command->add_option("RULE", options->rule, "The rule's id, or its name")->required();
    command->add_option("FROM", options->from, "The older revision of the store")->required()->transform(as_revision());
    command->add_option("TO", options->to, "The newer one; default: the present")->transform(as_revision());
    command->footer(
        "Example: rulehost rules diff R0018 40 42 --store sqlite:var/rulehost.db\n"
        "In the form of `diff -u`. Any revision of the store will do, as `rules log` and `tail` name them.\n"
        "Exit code 1: the texts differ.");
    command->callback([options, &result] { result = show_difference(*options); });
}

} // namespace rulehost::cli
