#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/program_directory.hpp"
#include "cli/terminal.hpp"
#include "shell/walk/walker.hpp"
#include "text/utf8.hpp"

#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace rulehost::cli {

namespace {

struct shell_options {
    std::string line;
    std::string programs;
    bool json = false;
};

using shell::reading;

boost::json::array texts(std::span<std::string_view const> all) {
    return boost::json::array(all.begin(), all.end());
}

std::string_view name_of(shell::place::kind kind) {
    constexpr std::string_view names[]{"loop", "function", "hook", "decoded", "substitution"};
    return names[static_cast<std::size_t>(kind)];
}

/// The places around a command, the nearest first; a substitution is named by the program around it.
boost::json::array places(reading const& read, shell::command const& of) {
    boost::json::array all;
    for (auto at = of.place; at != shell::none; at = read.places[at].outer) {
        auto const& place = read.places[at];
        all.emplace_back(place.what == shell::place::kind::substitution && !place.program.empty()
                             ? place.program
                             : name_of(place.what));
    }
    return all;
}

boost::json::object to_json(reading& read, shell::command const& of) {
    boost::json::object made{{"program", of.program}};
    if (of.family != of.program)
        made["family"] = of.family;
    if (!of.path.empty())
        made["path"] = of.path;
    made["reading"] = to_string(of.from);
    if (of.wrapper)
        made["wrapper"] = true;
    if (of.script)
        made["script"] = true;
    if (of.via.count != 0)
        made["via"] = texts(read.via(of));
    made["arguments"] = texts(read.arguments(of));
    boost::json::array options;
    for (auto const& each : read.options_of(of)) {
        boost::json::object option{{"name", each.name}};
        if (!each.twin.empty())
            option["twin"] = each.twin;
        if (each.has_value)
            option["value"] = each.value;
        options.emplace_back(std::move(option));
    }
    if (!options.empty())
        made["options"] = std::move(options);
    if (of.operands.count != 0)
        made["operands"] = texts(read.operands(of));
    boost::json::object sets;
    for (auto const& each : read.sets_of(of))
        sets[each.name] = each.value;
    if (!sets.empty())
        made["sets"] = std::move(sets);
    boost::json::array redirects;
    for (auto const& each : read.redirects_of(of)) {
        boost::json::object redirect{{"sign", each.sign}, {"target", each.target}};
        if (each.descriptor >= 0)
            redirect["descriptor"] = each.descriptor;
        redirects.emplace_back(std::move(redirect));
    }
    if (!redirects.empty())
        made["redirects"] = std::move(redirects);
    for (auto const& each : read.effects_of(of)) {
        auto& list = made[to_string(each.kind)];
        if (!list.is_array())
            list.emplace_array();
        list.as_array().emplace_back(each.target);
    }
    std::vector<std::string_view> named;
    read.add_named_paths(of, named);
    if (!named.empty())
        made["file"] = texts(named);
    if (auto around = places(read, of); !around.empty())
        made["place"] = std::move(around);
    if (of.stage != shell::none)
        made["pipeline"] = {{"number", read.stages[of.stage].pipeline}, {"stage", read.stages[of.stage].number}};
    if (!of.input.empty())
        made["input"] = of.input;
    if (!of.output.empty())
        made["output"] = of.output;
    made["text"] = of.text;
    made["begin"] = of.begin;
    made["end"] = of.end;
    return made;
}

boost::json::object to_json(reading& read) {
    boost::json::array commands;
    for (auto const& each : read.commands)
        commands.emplace_back(to_json(read, each));
    boost::json::object made{{"commands", std::move(commands)}};
    if (!read.decoded.empty())
        made["decoded"] = texts(read.decoded);
    if (!read.comments.empty())
        made["comments"] = texts(read.comments);
    made["truncated"] = read.truncated;
    return made;
}

/// JSON holds characters; a byte that is none becomes U+FFFD.
void make_valid(boost::json::value& value) {
    if (value.is_string())
        value = to_valid_utf8(value.as_string());
    else if (value.is_array())
        for (auto& each : value.as_array())
            make_valid(each);
    else if (value.is_object())
        for (auto& each : value.as_object())
            make_valid(each.value());
}

/// One command: its words, and below them its properties.
void print(data_output& output, boost::json::object const& command) {
    auto const via = command.find("via");
    std::size_t const depth = via == command.end() ? 0 : via->value().as_array().size();
    std::string const indent(2 * depth, ' ');
    std::string first(command.at("program").as_string());
    for (auto const& word : command.at("arguments").as_array()) {
        std::string_view const text = word.as_string();
        bool const quoted = text.empty() || text.find_first_of(" \t\n'\"") != text.npos;
        first += quoted ? " '" + std::string(text) + "'" : " " + std::string(text);
    }
    output.write(indent + escape_for_terminal(first) + '\n');
    auto const value = [](boost::json::value const& of) {
        std::string all;
        if (of.is_string())
            return std::string(of.as_string());
        if (!of.is_array())
            return boost::json::serialize(of);
        for (auto const& each : of.as_array()) {
            all += all.empty() ? "" : ", ";
            if (each.is_string()) {
                all += each.as_string();
            } else if (auto const& object = each.as_object(); object.contains("sign")) {
                all += std::string(object.at("sign").as_string()) + " " + std::string(object.at("target").as_string());
            } else {
                all += object.at("name").as_string();
                if (auto const* const given = object.if_contains("value"))
                    all += " = " + std::string(given->as_string());
            }
        }
        return all;
    };
    for (auto const& [key, what] : command)
        if (key != "program" && key != "arguments" && key != "text" && key != "begin" && key != "end" &&
            key != "pipeline")
            output.write(indent + "    " + std::string(key) + ": " + escape_for_terminal(value(what)) + '\n');
}

exit_code run(shell_options const& options) {
    std::vector<diagnostic> found;
    auto const programs =
        options.programs.empty() ? shell::program_table::shipped() : read_program_directory(options.programs, found);
    for (auto const& each : found)
        std::cerr << to_text(each);
    if (has_errors(found))
        return exit_code::findings;
    data_output output;
    bool const as_json = options.json || !is_terminal(stream::output);
    shell::walker reads(*programs);
    reading read;
    for (std::size_t at = 0; at < options.line.size();) {
        at = reads.read(options.line, at, read);
        boost::json::value all = to_json(read);
        auto const& made = all.as_object();
        if (as_json) {
            make_valid(all);
            output.write(made);
            continue;
        }
        for (auto const& command : made.at("commands").as_array())
            print(output, command.as_object());
        for (auto const& text : read.decoded)
            output.write("decoded: " + escape_for_terminal(text) + '\n');
        if (read.truncated)
            output.write("truncated: a limit was met, some text was not followed\n");
    }
    output.flush();
    return exit_code::ok;
}

} // namespace

void add_shell(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<shell_options>();
    auto* const command = program.add_subcommand("shell", "Print the commands of a line of shell input");
    command->add_option("LINE", options->line, "Text as it was typed; may have many lines")->required();
    command->add_option("--programs", options->programs,
                        "Tables of programs, which win over the one that ships: a file, or a directory");
    command->add_flag("--json", options->json, "JSON also on a terminal");
    command->footer("Nothing of the line is run. Example: rulehost shell 'sudo sh -c \"wget http://192.0.2.1/x\"'");
    command->callback([options, &result] { result = run(*options); });
}

} // namespace rulehost::cli
