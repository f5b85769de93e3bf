#include "async/thread_team.hpp"
#include "cli/adapter_directory.hpp"
#include "cli/choice_option.hpp"
#include "cli/commands.hpp"
#include "cli/config_file.hpp"
#include "cli/data_output.hpp"
#include "cli/program_directory.hpp"
#include "cli/rules/rule_sources.hpp"
#include "cli/rules/slow_events.hpp"
#include "cli/terminal.hpp"
#include "rule/unknown_fields.hpp"
#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_reader.hpp>
#include <rulehost/rule_tests.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace rulehost::cli {

namespace {

enum class report_format { text, json, sarif };

struct check_options {
    std::vector<std::string> paths;
    std::string config;
    std::string adapters;
    std::string programs;
    report_format format = report_format::text;
    bool strict = false;
    bool cost = false;
    bool schema = false;
};

using look = std::function<std::vector<diagnostic>(std::shared_ptr<rule_definition const> const&)>;

/// Adds the findings of `look_at` about each valid rule, on every processor.
void add_findings(std::vector<rule_document>& documents, look const& look_at) {
    progress_line progress;
    thread_team team(thread_team::members_of_this_machine());
    team.run(documents.size(), [&](std::size_t number, std::size_t member) {
        if (member == 0)
            progress.show(std::to_string(number + 1) + " of " + plural(documents.size(), "rule"));
        if (auto const& rule = documents[number].definition)
            std::ranges::move(look_at(rule), std::back_inserter(documents[number].diagnostics));
    });
}

exit_code check(check_options const& options) {
    data_output output;
    if (options.schema) {
        output.write(rule_schema() + '\n');
        output.flush();
        return exit_code::ok;
    }
    if (options.paths.empty() && options.config.empty() && options.adapters.empty() && options.programs.empty()) {
        complain("name the files or directories to check");
        return exit_code::usage;
    }
    configuration configured;
    if (!options.config.empty())
        configured = read_configuration_file(options.config);
    auto& findings = configured.findings;
    auto adapters = configured.adapters ? configured.adapters : adapter_table::shipped();
    if (!options.adapters.empty())
        adapters = read_adapter_directory(options.adapters, findings);
    if (!options.programs.empty())
        shell::program_table::use(read_program_directory(options.programs, findings)); // its valid entries
    auto const fields = adapters->payload_fields();
    field_names const sent(fields.begin(), fields.end());
    std::ranges::move(unread_files(options.paths), std::back_inserter(findings));
    std::ranges::move(empty_directories(options.paths), std::back_inserter(findings));
    auto [documents, lists, list_findings] = read_rule_sources(options.paths);
    std::ranges::move(list_findings, std::back_inserter(findings));
    add_findings(documents, run_rule_tests); // a failed test also keeps the rule from going live in a host
    add_findings(documents, [&](auto const& rule) { return unknown_fields(*rule, sent); });
    if (options.cost)
        add_findings(documents, costly_patterns);
    std::ranges::move(check_rules(documents), std::back_inserter(findings));
    auto const errors = static_cast<std::size_t>(std::ranges::count(findings, severity::error, &diagnostic::level));
    auto const warnings = findings.size() - errors;

    switch (options.format) {
    case report_format::text:
        for (auto const& each : findings)
            output.write(to_text(each));
        break;
    case report_format::json:
        output.write(to_json(findings) + '\n');
        break;
    case report_format::sarif:
        output.write(to_sarif(findings) + '\n');
        break;
    }
    output.flush();
    if (!options.paths.empty())
        std::cerr << plural(documents.size(), "rule") << ", ";
    if (!lists.empty())
        std::cerr << plural(lists.size(), "list") << ", ";
    std::cerr << plural(errors, "error") << ", " << plural(warnings, "warning") << std::endl;
    return errors != 0 || (options.strict && warnings != 0) ? exit_code::findings : exit_code::ok;
}

} // namespace

void add_check(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<check_options>();
    auto* const command = program.add_subcommand(
        "check", "Report every error and warning of rule files, adapters, programs or a configuration");
    command->add_option("PATH", options->paths, "Rule files, or directories of them");
    command->add_option("--config", options->config,
                        "Configuration file of `rulehost run`; its adapters' fields are known in rules");
    command->add_option("--adapters", options->adapters,
                        "Directory of adapters; the fields that they name are known in rules");
    command->add_option("--programs", options->programs,
                        "Further programs, whose entries win: a file, or a directory of them");
    add_choice_option(*command, "--format", options->format,
                      {{"text", report_format::text}, {"json", report_format::json}, {"sarif", report_format::sarif}},
                      "Form of the report: text, json, sarif")
        ->default_str("text");
    command->add_flag("--strict", options->strict, "Warnings fail the check too");
    command->add_flag("--cost", options->cost,
                      "Warn also of patterns that a text made for them slows down to the limit");
    command->add_flag("--schema", options->schema, "Print the JSON Schema of a rule and do nothing else");
    command->footer("Examples: rulehost check --strict rules\n"
                    "          rulehost check --cost rules/R0042.yaml\n"
                    "          rulehost check --format sarif rules > findings.sarif");
    command->callback([options, &result] { result = check(*options); });
}

} // namespace rulehost::cli
