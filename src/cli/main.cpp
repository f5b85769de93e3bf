#include "cli/commands.hpp"
#include "cli/manual_page.hpp"
#include "cli/terminal.hpp"
#include "nats/nats_connection.hpp"
#include "text/failure_reason.hpp"
#include "text/joined.hpp"
#include "text/without_passwords.hpp"
#include "yaml/nearest.hpp"

#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace rulehost;

namespace {

std::string or_was_it(std::string_view typed, std::vector<std::string> const& known) {
    auto const meant = nearest(typed, {known.begin(), known.end()});
    return meant.empty() ? "" : "; did you mean '" + meant + "'?";
}

CLI::App const& chosen_command(CLI::App const& program) {
    CLI::App const* place = &program;
    while (!place->get_subcommands().empty())
        place = place->get_subcommands().front();
    return *place;
}

std::vector<std::string> names_of_commands(CLI::App const& place) {
    std::vector<std::string> names;
    for (auto const* command : place.get_subcommands([](CLI::App const*) { return true; }))
        if (!command->get_name().empty()) // a group of options
            names.push_back(command->get_name());
    return names;
}

/// Returns the error for a word in place of a command; empty: there is none.
std::string unknown_command(CLI::App const& place) {
    auto const unknown = place.remaining();
    auto const names = names_of_commands(place);
    if (names.empty() || unknown.empty() || unknown.front().starts_with('-'))
        return {};
    return "no command '" + unknown.front() + "'" + or_was_it(unknown.front(), names);
}

/// The commands of a group that was called without one; empty: it has none.
std::string missing_command(CLI::App const& place) {
    auto const names = names_of_commands(place);
    return names.empty() || place.get_require_subcommand_min() == 0
        ? ""
        : place.get_display_name() + " needs a command: " + joined(names, ", ");
}

/// Explains a bad command line. For a misspelt command CLI11 only reports that one is required, and it takes the value of
/// a misspelt option for another mistake.
std::string usage_problem(CLI::App const& program, CLI::ParseError const& error) {
    auto const& place = chosen_command(program);
    // First, since the options of an unknown command are no mistakes.
    if (auto misspelt = unknown_command(place); !misspelt.empty())
        return misspelt;
    auto const unknown = place.remaining();
    auto const option = std::ranges::find_if(unknown, [](auto const& each) { return each.starts_with('-'); });
    if (option == unknown.end() && unknown.empty() && dynamic_cast<CLI::RequiredError const*>(&error) != nullptr)
        if (auto const missing = missing_command(place); !missing.empty())
            return missing;
    if (option == unknown.end())
        return unknown.empty() ? error.what()
                               : place.get_display_name() + " takes no further argument '" + unknown.front() + "'";
    std::vector<std::string> names;
    for (auto const* each : place.get_options())
        for (auto const& name : each->get_lnames())
            names.push_back("--" + name);
    auto const typed = option->substr(0, option->find('='));
    return place.get_display_name() + " has no option '" + typed + "'" + or_was_it(typed, names);
}

/// Copies the arguments and masks their passwords in the process list, which every user of the machine may read.
std::vector<std::string> take_arguments(int argc, char** argv) {
    std::vector<std::string> arguments(argv, argv + argc);
    for (std::size_t i = 0; i < arguments.size(); ++i)
        std::ranges::copy(without_passwords(arguments[i], url_reach::line), argv[i]);
    return arguments;
}

/// `help rules list` is `rules list --help`.
std::vector<std::string> with_help_as_option(std::vector<std::string> arguments) {
    if (arguments.size() > 1 && arguments[1] == "help") {
        arguments.erase(arguments.begin() + 1);
        arguments.emplace_back("--help");
    }
    return arguments;
}

} // namespace

int main(int argc, char** argv) {
    auto const arguments = with_help_as_option(take_arguments(argc, argv));
    auto const first = arguments.size() > 1 ? std::string_view(arguments[1]) : std::string_view();
    // SIGHUP means a rescan of the rules, and nothing was scanned yet.
    if (first == "run")
        std::signal(SIGHUP, SIG_IGN);
    // A reader that goes away fails the write; the signal would kill the process.
    std::signal(SIGPIPE, SIG_IGN);

    CLI::App program{"Live rule-engine host: YAML detection rules in, sensor events in, MITRE ATT&CK tags out."};
    program.name("rulehost");
    program.set_version_flag("--version", "rulehost " RULEHOST_VERSION);
    program.require_subcommand(1);
    program.footer("`rulehost help COMMAND` and `rulehost COMMAND --help` describe each command.\n"
                   "Data goes to standard output, messages to standard error. Exit codes: 0 ok, 1 findings, 2 usage,\n"
                   "3 environment (a file, a database or the network).");

    auto result = cli::exit_code::ok;
    cli::add_run(program, result);
    cli::add_eval(program, result);
    cli::add_diff(program, result);
    cli::add_check(program, result);
    cli::add_test(program, result);
    cli::add_explain(program, result);
    cli::add_shell(program, result);
    cli::add_rules(program, result);
    cli::add_state(program, result);
    cli::add_store(program, result);
    cli::add_sync(program, result);
    cli::add_withheld(program, result);
    cli::add_workers(program, result);
    cli::add_rollout(program, result);
    cli::add_tags(program, result);
    cli::add_session(program, result);
    cli::add_report(program, result);
    cli::add_coverage(program, result);
    cli::add_tail(program, result);
    cli::add_export(program, result);
    cli::add_schema(program, result);
    cli::add_bench(program, result);
    if (argc == 2 && first == "--manual-page") { // for the build, which installs it
        std::cout << cli::manual_page(program, RULEHOST_RELEASE_DATE, RULEHOST_VERSION);
        return 0;
    }
    if (argc == 2 && first == "--configuration-page") { // the same; the settings come on standard input
        std::string const settings(std::istreambuf_iterator<char>(std::cin), {});
        std::cout << cli::configuration_page(settings, RULEHOST_RELEASE_DATE, RULEHOST_VERSION);
        return 0;
    }
    try {
        std::vector<char const*> given;
        for (auto const& each : arguments)
            given.push_back(each.c_str());
        program.parse(static_cast<int>(given.size()), given.data());
    } catch (CLI::Success const& help) {
        auto const misspelt = unknown_command(chosen_command(program));
        if (misspelt.empty())
            return program.exit(help);
        cli::complain(without_passwords(misspelt, url_reach::line));
        result = cli::exit_code::usage;
    } catch (CLI::ParseError const& error) {
        cli::complain(without_passwords(usage_problem(program, error), url_reach::line));
        std::cerr << "Run with --help for more information.\n";
        result = cli::exit_code::usage;
    } catch (std::invalid_argument const& error) { // an argument has an invalid value
        cli::complain(error.what());
        result = cli::exit_code::usage;
    } catch (std::exception const& error) {
        if (cli::is_reader_gone(error))
            return 0;
        cli::complain(failure_reason(error));
        result = cli::exit_code::environment;
    }
    if (rulehost::nats_connection::has_threads_left()) {
        std::cout.flush();
        std::_Exit(static_cast<int>(result));
    }
    return static_cast<int>(result);
}
