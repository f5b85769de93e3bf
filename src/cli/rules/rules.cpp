#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/rules/rule_choice.hpp"
#include "cli/rules/rule_pins.hpp"
#include "cli/rules/rule_sources.hpp"
#include "cli/state/state_text.hpp"
#include "cli/store/moment.hpp"
#include "cli/terminal.hpp"
#include "engine/decision_index.hpp"
#include "rule/rule_techniques.hpp"
#include "store/database/past_rules.hpp"
#include "text/plural.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>
#include <rulehost/rule_lists.hpp>
#include <rulehost/rule_pin.hpp>
#include <rulehost/rule_tests.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct rules_options {
    std::string rules;
    std::string store;
    std::string rule_id;
    moment_options when; ///< of `show`
    bool json = false;

    listing::form form() const { return listing::form_of(json); }
};

/// The first few, and how many more there are: one rule must not make the table too wide for all.
std::string few_of(std::set<std::string> const& texts) {
    constexpr std::size_t most = 3;
    std::string out;
    std::size_t count = 0;
    for (auto const& text : texts)
        if (++count <= most)
            out += (out.empty() ? "" : " ") + text;
    return count > most ? out + " +" + std::to_string(count - most) : out;
}

boost::json::object record_of(compiled_rule const& rule) {
    auto const& definition = rule.definition();
    auto const techniques = techniques_of(definition);
    return {{"rule_id", definition.rule_id},
            {"live", true},
            {"rule_version", definition.rule_version},
            {"name", definition.name},
            {"applies_to", boost::json::array(definition.applies_to.begin(), definition.applies_to.end())},
            {"techniques", boost::json::array(techniques.begin(), techniques.end())},
            {"path", definition.path},
            {"content_hash", definition.content_hash},
            {"observe", definition.observe},
            {"lists", boost::json::array(definition.lists.begin(), definition.lists.end())},
            {"state", to_json(rule.state())}};
}

boost::json::object record_of(quarantined_rule const& bad) {
    return {{"rule_id", bad.rule_id},
            {"live", false},
            {"path", bad.path},
            {"last_known_good", bad.last_known_good},
            {"diagnostics", boost::json::parse(to_json(bad.diagnostics))}};
}

boost::json::object record_of(quarantined_text const& bad, bool has_live) {
    boost::system::error_code damaged;
    auto findings = boost::json::parse(bad.findings, damaged);
    return {{"rule_id", bad.rule_id},
            {"live", false},
            {"path", bad.path},
            {"last_known_good", has_live},
            {"since", format_time(bad.since)},
            {"diagnostics",
             damaged || !findings.is_array() ? boost::json::value(boost::json::array()) : std::move(findings)}};
}

/// `PATH: a newer text is quarantined since TIME: unknown key 'mtach'`.
std::string description_of(quarantined_text const& bad, boost::json::object const& record, bool has_live) {
    auto text =
        bad.path + (has_live ? ": a newer text is" : ": the text is") + " quarantined since " + format_time(bad.since);
    auto const& findings = record.at("diagnostics").as_array();
    auto const is_error = [](boost::json::value const& each) {
        auto const* const members = each.if_object();
        auto const* const level = members ? members->if_contains("level") : nullptr;
        return level && *level == "error";
    };
    auto const error = std::ranges::find_if(findings, is_error);
    auto const first = findings.empty() ? nullptr : (error == findings.end() ? findings.begin() : error)->if_object();
    auto const message = first ? first->if_contains("message") : nullptr;
    return message && message->is_string() ? text + ": " + std::string(message->get_string()) : text;
}

/// The message of the first error, else of the first finding; null: there are none.
std::string const* reason_of(std::vector<diagnostic> const& findings) {
    auto const error = std::ranges::find(findings, severity::error, &diagnostic::level);
    return findings.empty() ? nullptr : error == findings.end() ? &findings.front().message : &error->message;
}

/// `clipped to 0.5`, `observed by its text`, or both.
std::string standing_text(compiled_rule const& rule) {
    auto const state = state_text(rule.state());
    if (!rule.definition().observe)
        return state;
    return (rule.state().status == rule_status::enabled ? "" : state + ", ") + "observed by its text";
}

/// A directory has none.
asio::awaitable<std::vector<rule_pin>> standing_pins_in(rule_store& store) {
    std::vector<rule_pin> pins;
    if (auto* const shared = dynamic_cast<database_rule_store*>(&store))
        pins = co_await shared->list_pins();
    std::erase_if(pins, [](rule_pin const& each) { return each.ended_at.has_value(); });
    co_return pins;
}

asio::awaitable<exit_code> list(rule_store& store, time_source& time, rules_options const& options) {
    auto* const shared = dynamic_cast<database_rule_store*>(&store);
    auto snapshot = co_await store.load_compiled();
    auto const pins = co_await standing_pins_in(store);
    auto const now = store.expiries().at(time.now());
    snapshot.rules = rules_as_decided(snapshot.rules, snapshot.decisions, now);
    data_output output;
    listing rules(output, options.form(), {"RULE", "VERSION", "STATE", "REMAINING", "TECHNIQUES", text_column("NAME")});
    for (auto const& rule : snapshot.rules) {
        auto const& definition = rule->definition();
        auto const pin = std::ranges::find(pins, definition.rule_id, &rule_pin::rule_id);
        auto record = record_of(*rule);
        auto state = standing_text(*rule);
        if (pin != pins.end()) {
            state += ", pinned to " + std::to_string(pin->to);
            record["pin"] = to_json(*pin);
        }
        rules.add({definition.rule_id, std::to_string(definition.rule_version), std::move(state),
                   remaining_text(rule->state().expires_at, now), few_of(techniques_of(definition)), definition.name},
                  record);
    }
    for (auto const& bad : snapshot.quarantine) {
        auto const* const reason = reason_of(bad.diagnostics);
        rules.add({bad.rule_id.empty() ? "?" : bad.rule_id, "", "quarantined", "", "",
                   reason ? bad.path + ": " + *reason : bad.path},
                  record_of(bad));
    }
    auto quarantined = snapshot.quarantine.size();
    if (shared) { // texts that a master could not write to it
        auto const texts = co_await shared->list_quarantined_texts();
        quarantined += texts.size();
        for (auto const& bad : texts) {
            auto const has_live = find_rule(snapshot.rules, bad.rule_id) != nullptr;
            auto record = record_of(bad, has_live);
            auto const description = description_of(bad, record, has_live);
            rules.add({bad.rule_id.empty() ? "?" : bad.rule_id, "", "quarantined", "", "", description},
                      std::move(record));
        }
    }
    rules.finish();
    auto const observed =
        std::ranges::count_if(snapshot.rules, [](auto const& each) { return each->definition().observe; });
    std::cerr << plural(snapshot.rules.size(), "rule") << ", "
              << (observed != 0 ? std::to_string(observed) + " observed by the text, " : "")
              << (snapshot.lists && !snapshot.lists->empty() ? plural(snapshot.lists->size(), "list") + ", " : "")
              << quarantined << " quarantined, revision " << snapshot.revision << std::endl;
    co_return exit_code::ok;
}

/// `text` with each line made safe for a terminal.
void write_for_person(data_output& output, std::string_view text) {
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        output.write(escape_for_terminal(text.substr(0, end)) + '\n');
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// The list `$name`, and the rules that use it.
exit_code show_list(rule_snapshot const& snapshot, std::string const& name, rules_options const& options) {
    auto const found = snapshot.lists ? snapshot.lists->find(name) : rule_lists::const_iterator();
    if (!snapshot.lists || found == snapshot.lists->end()) {
        complain("no list $" + name + " is live here");
        return exit_code::findings;
    }
    boost::json::array users;
    for (auto const& rule : snapshot.rules)
        if (std::ranges::binary_search(rule->definition().lists, name))
            users.emplace_back(rule->definition().rule_id);
    data_output output;
    if (options.form() == listing::form::table) {
        output.write("# " + plural(users.size(), "rule") + " read with it\nlists:\n  " + name + ": " +
                     escape_for_terminal(json_text(found->second.values)) + '\n');
    } else {
        output.write(boost::json::object{{"list", name},
                                         {"values", found->second.values},
                                         {"path", found->second.path},
                                         {"rules", std::move(users)}});
    }
    output.flush();
    return exit_code::ok;
}

/// `now`: base of the remaining time of a state. `pins`: those that stand.
exit_code show(rule_snapshot const& snapshot, std::vector<rule_pin> const& pins, time_point now,
               rules_options const& options) {
    if (auto const name = named_list(options.rule_id); !name.empty())
        return show_list(snapshot, std::string(name), options);
    auto const choice = choose_rule(options.rule_id, snapshot);
    auto const rules = rules_as_decided(snapshot.rules, snapshot.decisions, now);
    auto const rule = find_rule(rules, choice.rule_id);
    auto const bad = std::ranges::find(snapshot.quarantine, choice.rule_id, &quarantined_rule::rule_id);
    data_output output;
    bool const for_person = options.form() == listing::form::table;
    if (bad != snapshot.quarantine.end()) {
        if (for_person)
            for (auto const& finding : bad->diagnostics)
                std::cerr << to_text(finding);
        else
            output.write(record_of(*bad));
        if (for_person && rule)
            std::cerr << "rulehost: what was good before stays live:" << std::endl;
    }
    if (rule) {
        auto const& state = rule->state();
        auto const pin = std::ranges::find(pins, choice.rule_id, &rule_pin::rule_id);
        if (for_person) {
            auto const remaining = remaining_text(state.expires_at, now);
            if (pin != pins.end())
                output.write("# pinned to the text of revision " + std::to_string(pin->to) + " by " +
                             escape_for_terminal(pin->set_by + ": " + pin->reason) + '\n');
            output.write("# " + state_text(state) + (remaining.empty() ? "" : " for " + remaining) +
                         (state.reason.empty() ? "" : ": " + escape_for_terminal(state.reason)) + '\n');
            if (rule->definition().observe)
                output.write("# observed by its text: its tags count once `status: observe` is removed\n");
            write_for_person(output, rule->definition().text);
        } else {
            auto record = record_of(*rule);
            record["text"] = rule->definition().text;
            if (pin != pins.end())
                record["pin"] = to_json(*pin);
            output.write(record);
        }
    }
    output.flush();
    if (rule)
        return exit_code::ok;
    if (bad != snapshot.quarantine.end()) {
        complain(choice.rule_id + " is quarantined; correct its text");
        return exit_code::findings;
    }
    complain(choice.absence("`rulehost rules list` names them all"));
    return exit_code::findings;
}

asio::awaitable<exit_code> show_present(rule_store& store, time_source& time, rules_options const& options) {
    auto const snapshot = co_await store.load_compiled();
    auto const pins = co_await standing_pins_in(store);
    co_return show(snapshot, pins, store.expiries().at(time.now()), options);
}

exit_code show_past(rules_options const& options) {
    require_store(options.when, options.store);
    auto code = exit_code::ok;
    read_past(options.store, options.when, [&](rule_history const& history, store_moment when) {
        auto const snapshot = rules_of(history, history.contents(when.revision), run_rule_tests, when.time);
        auto const choice = choose_rule(options.rule_id, snapshot);
        std::string const name(named_list(options.rule_id));
        if (name.empty())
            known_text(history, choice.rule_id, when.revision);
        if (name.empty() ? choice.is_present : snapshot.lists && snapshot.lists->contains(name)) {
            code = show(snapshot, {}, when.time, options);
            return;
        }
        complain("there was no " + (name.empty() ? "rule " + choice.rule_id : "list $" + name) + " at revision " +
                 std::to_string(when.revision));
        code = exit_code::findings;
    });
    return code;
}

using action = asio::awaitable<exit_code> (*)(rule_store&, time_source&, rules_options const&);

exit_code run(action act, rules_options const& options) {
    if (options.when.is_given())
        return show_past(options);
    if (options.store.empty())
        return run_on_directory(
            options.rules, [act, &options](rule_store& store, time_source& time) { return act(store, time, options); });
    return run_on_database(
        options.store, database_access::read,
        [act, &options](database_rule_store& store, time_source& time) { return act(store, time, options); });
}

} // namespace

void add_rules(CLI::App& program, exit_code& result) {
    auto* const command =
        program.add_subcommand("rules", "Show rules and what became of them; go back to a former text");
    command->require_subcommand(1);
    // Each has its own options: CLI11 also writes the environment into options of commands that were not chosen.
    auto const add = [&](std::string const& name, std::string const& what, action act) {
        auto const options = std::make_shared<rules_options>();
        auto* const added = command->add_subcommand(name, what);
        add_rule_source(*added, options->rules, options->store);
        added->add_flag("--json", options->json, "NDJSON also on a terminal");
        added->callback([options, act, &result] { result = run(act, *options); });
        return std::pair(added, options);
    };
    add("list", "List every rule with its state, and quarantined texts", list)
        .first->footer("Example: rulehost rules list --store sqlite:var/rulehost.db");
    auto const [shown, options] = add("show", "Show the text of a rule and its state, now or as it was", show_present);
    shown->add_option("RULE", options->rule_id, "The rule's id, or its name")->required();
    add_moment_options(*shown, options->when);
    shown->footer("Example: rulehost rules show R0015 --rules rules\n"
                  "         rulehost rules show R0015 --at 3d --store sqlite:var/rulehost.db");
    add_rules_digest(*command, result);
    add_rules_log(*command, result);
    add_rules_diff(*command, result);
    add_rules_rollback(*command, result);
    add_rules_unpin(*command, result);
    add_rules_top(*command, result);
}

} // namespace rulehost::cli
