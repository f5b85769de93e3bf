#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/program_directory.hpp"
#include "cli/rules/explain_text.hpp"
#include "cli/rules/near_misses.hpp"
#include "cli/rules/rule_choice.hpp"
#include "cli/terminal.hpp"
#include "event/line_framer.hpp"
#include "file/errno_error.hpp"
#include "file/read_file.hpp"
#include "text/plural.hpp"
#include "text/source_kind.hpp"
#include "yaml/nearest.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/json_text.hpp>
#include <rulehost/rule_reader.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr std::string_view some_attacker = "6f0a4f0e-54a6-5d6c-9d53-0f3f2b7f7a01";

struct explain_options {
    std::string rules;
    std::string store;
    std::string rule_id;
    std::string event;
    event_format format = event_format::detect;
    std::string kind; ///< not empty: the event is the payload of one of this kind
    bool json = false;

    bool for_person() const { return !json && is_terminal(stream::output); }
};

/// An event as the tests of a rule give it, a line of JSON, as one that a producer sends: `line` is its payload.
std::string event_around(std::string_view line, std::string const& kind, std::size_t number) {
    boost::system::error_code malformed;
    auto payload = boost::json::parse(line, malformed);
    if (malformed || !payload.is_object())
        throw std::invalid_argument("the payload of the event is not a JSON object" +
                                    (malformed ? ": " + malformed.message() : ""));
    return json_text(boost::json::object{{"source_kind", kind},
                                         {"source_id", "explained-" + std::to_string(number)},
                                         {"attacker_uuid", some_attacker},
                                         {"session_id", "explained"},
                                         {"decky_id", "explained"},
                                         {"payload", std::move(payload)}});
}

void read_events(std::istream& input, std::string const& name, explain_options const& options, time_point now,
                 std::vector<event>& events) {
    event_reader reader(options.format);
    line_framer framer;
    auto const take = [&](line_framer::line const& line) {
        auto const place = name + ":" + std::to_string(line.number) + ": ";
        auto const text =
            options.kind.empty() ? std::string(line.text) : event_around(line.text, options.kind, line.number);
        auto const read = reader.read(text, now, {.input = name, .sequence = line.number, .truncated = line.truncated});
        if (!read)
            throw std::runtime_error(place + read.error().reason);
        if (!read->problem.empty())
            complain(place + std::string(read->problem));
        events.insert(events.end(), read->begin(), read->end());
    };
    for (bool more = true; more;) {
        auto const room = framer.prepare(64 * 1024);
        input.read(room.data(), static_cast<std::streamsize>(room.size()));
        framer.commit(static_cast<std::size_t>(input.gcount()));
        while (auto const line = framer.next())
            take(*line);
        more = static_cast<bool>(input);
    }
    if (input.bad())
        throw std::runtime_error(name + ": cannot be read");
    if (auto const line = framer.last())
        take(*line);
}

/// The events of the EVENT argument, in their order.
std::vector<event> read_events(explain_options const& options, time_point now) {
    auto const& argument = options.event;
    std::vector<event> events;
    if (argument == "-") {
        read_events(std::cin, "standard input", options, now, events);
    } else if (argument.starts_with('@')) {
        auto const path = argument.substr(1);
        std::ifstream file(path, std::ios::binary);
        if (!file)
            throw_errno(path);
        read_events(file, path, options, now, events);
    } else {
        event_reader reader(options.format);
        auto const read = reader.read(options.kind.empty() ? argument : event_around(argument, options.kind, 1), now);
        if (!read)
            throw std::invalid_argument("the event: " + read.error().reason +
                                        (argument.starts_with('{') ? "; --kind KIND takes the payload alone"
                                                                   : "; --format text takes a command line as it is"));
        if (!read->problem.empty())
            complain("the event: " + std::string(read->problem));
        events.assign(read->begin(), read->end());
    }
    if (events.empty())
        throw std::invalid_argument("no event to explain");
    return events;
}

/// The texts at the place of `bad`.
asio::awaitable<std::vector<rule_document>> read_texts(rule_store&, quarantined_rule const& bad, rule_lists_ptr lists) {
    co_return read_rules(read_file(bad.path), bad.path, *lists);
}

asio::awaitable<std::vector<rule_document>> read_texts(database_rule_store& store, quarantined_rule const& bad,
                                                       rule_lists_ptr lists) {
    std::vector<rule_document> documents;
    auto const rows = co_await store.list_rules();
    for (auto const& row : rows)
        if (row.rule_id == bad.rule_id)
            std::ranges::move(read_rules(row.text, row.source_path, *lists), std::back_inserter(documents));
    co_return documents;
}

/// The rule of a text that is not live but has no errors, such as one that fails its own tests; else null.
std::shared_ptr<rule_definition const> draft_of(std::vector<rule_document> const& documents,
                                                std::string const& rule_id) {
    auto const found = std::ranges::find_if(
        documents, [&](rule_document const& each) { return each.definition && each.rule_id == rule_id; });
    return found == documents.end() ? nullptr : found->definition;
}

void write(data_output& output, boost::json::object const& account, explain_options const& options) {
    if (options.for_person())
        output.write(explain_text(account));
    else
        output.write(account);
}

/// Every rule that the event matches, whether it tags or not.
exit_code explain_matches(engine const& rules, rule_snapshot const& snapshot, event const& e, time_point now,
                          explain_options const& options) {
    data_output output;
    std::size_t matches = 0;
    for (auto const& rule : snapshot.rules) {
        auto const account = rules.explain(rule->definition().rule_id, e, now);
        auto const* const matched = account.if_contains("matched");
        if (!matched || !matched->as_bool())
            continue;
        ++matches;
        if (options.for_person())
            output.write(explain_headline(account) + "  (" + escape_for_terminal(rule->definition().name) + ")\n");
        else
            output.write(account);
    }
    output.flush();
    std::cerr << matches << " of " << plural(snapshot.rules.size(), "rule")
              << " matched; --rule ID says why one does or does not" << std::endl;
    return exit_code::ok;
}

/// A mistyped kind looks like an event that nothing matches.
void warn_of_unknown_kinds(std::vector<event> const& events, rule_snapshot const& snapshot) {
    std::set<std::string_view> known;
    for (auto const& each : known_source_kinds)
        known.insert(each.name);
    for (auto const& rule : snapshot.rules)
        known.insert(rule->definition().applies_to.begin(), rule->definition().applies_to.end());
    std::vector<std::string_view> const names(known.begin(), known.end());
    for (auto const& each : events) {
        if (!known.insert(each.source_kind).second)
            continue;
        auto const meant = nearest(each.source_kind, names);
        std::cerr << "rulehost: warning: no rule applies to the source kind '" << escape_for_terminal(each.source_kind)
                  << "'" << (meant.empty() ? "" : "; did you mean '" + escape_for_terminal(meant) + "'?") << std::endl;
    }
}

template <class Store>
asio::awaitable<exit_code> explain(Store& store, time_source& time, explain_options const& options) {
    auto const now = time.now();
    auto const events = read_events(options, now);
    engine rules;
    rules.expire_by(store.expiries());
    auto const snapshot = co_await store.load_compiled();
    rules.replace(snapshot);
    warn_of_unknown_kinds(events, snapshot);
    auto const choice = choose_rule(options.rule_id, snapshot);
    auto const& rule_id = choice.rule_id;
    auto const bad = std::ranges::find(snapshot.quarantine, rule_id, &quarantined_rule::rule_id);
    auto const is_meant = [&](compiled_rule_ptr const& rule) { return rule->definition().rule_id == rule_id; };
    bool const live = std::ranges::any_of(snapshot.rules, is_meant);
    if (!rule_id.empty() && !live && bad != snapshot.quarantine.end()) {
        auto const documents = co_await read_texts(store, *bad, snapshot.lists);
        if (auto draft = draft_of(documents, rule_id))
            rules.apply(rule_change{snapshot.revision + 1, rule_id, std::move(draft)});
    }
    evaluation result;
    // Earlier lines fill the windows.
    for (auto earlier = events.begin(); earlier + 1 != events.end(); ++earlier)
        rules.evaluate(*earlier, now, result);
    if (rule_id.empty())
        co_return explain_matches(rules, snapshot, events.back(), now, options);
    auto account = rules.explain(rule_id, events.back(), now);
    account["live"] = live;
    add_near_misses(account);
    if (bad != snapshot.quarantine.end())
        account["quarantine"] = boost::json::parse(to_json(bad->diagnostics));
    data_output output;
    write(output, account, options);
    output.flush();
    if (!choice.is_present)
        complain(choice.absence("`rulehost rules list` names them all"));
    co_return live ? exit_code::ok : exit_code::findings;
}

exit_code explain(explain_options const& options) {
    if (options.store.empty())
        return run_on_directory(
            options.rules, [&options](rule_store& store, time_source& time) { return explain(store, time, options); });
    return run_on_database(
        options.store, database_access::read,
        [&options](database_rule_store& store, time_source& time) { return explain(store, time, options); });
}

} // namespace

void add_explain(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<explain_options>();
    auto* const command =
        program.add_subcommand("explain", "Explain why a rule, live or quarantined, does or does not tag an event");
    add_rule_source(*command, options->rules, options->store);
    add_programs_option(*command);
    command->add_option("--rule", options->rule_id,
                        "The rule's id, or its name; without it every rule that the event matches is named");
    auto* const kind = command->add_option(
        "--kind", options->kind, "The source kind: EVENT is then the payload alone, as in the tests of a rule");
    command
        ->add_option("EVENT", options->event,
                     "The event as JSON, @FILE, or - for standard input. Of several lines the last is explained; "
                     "those before it fill the rule's windows")
        ->required();
    add_format_option(*command, options->format);
    kind->excludes(command->get_option("--format"));
    command->add_flag("--json", options->json, "JSON also on a terminal");
    command->footer(R"(Examples: rulehost explain --rules rules --rule R0015 --format text 'find / -perm -4000')"
                    "\n"
                    R"(          rulehost explain --rules rules --kind intel '{"greynoise_tags": ["mirai"]}')"
                    "\n"
                    R"(          rulehost explain --rules rules --rule R0015 '{"source_kind": "command", )"
                    R"("source_id": "1", "attacker_uuid": "a", "payload": {"command_text": "find / -perm -4000"}}')");
    command->callback([options, &result] { result = explain(*options); });
}

} // namespace rulehost::cli
