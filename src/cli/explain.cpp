#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/explain_text.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/terminal.hpp"
#include "event/line_framer.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct explain_options {
    std::string rules;
    std::string store;
    std::string rule_id;
    std::string event;
    event_format format = event_format::detect;
    bool json = false;
};

void read_events(std::istream& input, std::string const& name, event_format const& format, time_point now,
                 std::vector<event>& events) {
    event_reader reader(format);
    line_framer framer;
    auto const take = [&](line_framer::line const& line) {
        auto const place = name + ":" + std::to_string(line.number) + ": ";
        if (line.what == line_framer::line::state::too_long)
            throw std::runtime_error(place + "the line is too long");
        auto const read = reader.read(line.text, now, {.input = name, .sequence = line.number});
        if (!read)
            throw std::runtime_error(place + read.error().reason);
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
std::vector<event> read_events(std::string const& argument, event_format const& format, time_point now) {
    std::vector<event> events;
    if (argument == "-") {
        read_events(std::cin, "standard input", format, now, events);
    } else if (argument.starts_with('@')) {
        auto const path = argument.substr(1);
        std::ifstream file(path, std::ios::binary);
        if (!file)
            throw std::system_error(errno, std::generic_category(), path);
        read_events(file, path, format, now, events);
    } else {
        event_reader reader(format);
        auto const read = reader.read(argument, now);
        if (!read)
            throw std::invalid_argument("the event: " + read.error().reason +
                                        (argument.starts_with('{') ? "" : "; --format text takes a command line as it is"));
        events.assign(read->begin(), read->end());
    }
    if (events.empty())
        throw std::invalid_argument("there is no event to explain");
    return events;
}

asio::awaitable<exit_code> explain(rule_store& store, time_source& time, explain_options const& options) {
    auto const now = time.now();
    auto const events = read_events(options.event, options.format, now);
    engine rules;
    rules.expire_by(store.expiries());
    auto const snapshot = co_await store.load_compiled();
    rules.replace(snapshot);
    evaluation result;
    // What came before fills the windows.
    for (auto earlier = events.begin(); earlier + 1 != events.end(); ++earlier)
        rules.evaluate(*earlier, now, result);
    auto account = rules.explain(options.rule_id, events.back(), now);
    bool const live = account.at("live").as_bool();
    auto const bad = std::ranges::find(snapshot.quarantine, options.rule_id, &quarantined_rule::rule_id);
    if (bad != snapshot.quarantine.end())
        account["quarantine"] = boost::json::parse(to_json(bad->diagnostics));
    data_output output;
    if (options.json || !is_terminal(stream::output))
        output.write(account);
    else
        output.write(explain_text(account));
    output.flush();
    co_return live ? exit_code::ok : exit_code::findings;
}

exit_code explain(explain_options const& options) {
    if (options.store.empty())
        return run_on_directory(options.rules, [&options](rule_store& store, time_source& time) {
            return explain(store, time, options);
        });
    return run_on_database(options.store, missing_database::refuse,
                           [&options](database_rule_store& store, time_source& time) {
                               return explain(store, time, options);
                           });
}

} // namespace

void add_explain(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<explain_options>();
    auto* const command = program.add_subcommand("explain", "Say why a rule does or does not tag an event");
    auto* const source = command->add_option_group("source", "Where the rule is");
    source->add_option("--rules", options->rules, "Directory of rule files");
    add_store_option(*source, options->store);
    source->require_option(1);
    command->add_option("--rule", options->rule_id, "The rule's id")->required();
    command->add_option("EVENT", options->event,
                        "The event as JSON, @FILE, or - for standard input. Of several lines the last is explained; "
                        "those before it fill the rule's windows")
        ->required();
    add_format_option(*command, options->format);
    command->add_flag("--json", options->json, "JSON also on a terminal");
    command->footer(R"(Examples: rulehost explain --rules rules --rule R0015 --format text 'find / -perm -4000')" "\n"
                    R"(          rulehost explain --rules rules --rule R0015 '{"source_kind": "command", )"
                    R"("source_id": "1", "attacker_uuid": "a", "payload": {"command_text": "find / -perm -4000"}}')");
    command->callback([options, &result] { result = explain(*options); });
}

} // namespace rulehost::cli
