#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "store/rule_directory.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_reader.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <stdexcept>
#include <vector>

namespace rulehost::cli {

namespace {

enum class report_format { text, json, sarif };

struct check_options {
    std::vector<std::string> paths;
    report_format format = report_format::text;
    bool strict = false;
    bool schema = false;
};

std::string plural(std::size_t count, std::string const& noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

/// The rule documents of a file, or of a directory tree as the filesystem store sees it.
std::vector<rule_document> read_rule_files(std::filesystem::path const& path) {
    auto const is_directory = std::filesystem::is_directory(path);
    auto const root = is_directory ? path : path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path();
    rule_directory directory(root);
    auto const files = is_directory ? directory.scan(rule_directory::reading::everything)
                                    : directory.read({path.filename().string()});
    std::vector<rule_document> documents;
    for (auto const& [name, file] : files) {
        auto const shown = is_directory ? (root / name).string() : path.string();
        if (file.found == rule_file::kind::absent)
            throw std::runtime_error(shown + ": no such file");
        if (file.found == rule_file::kind::unreadable)
            throw std::runtime_error(shown + ": " + file.text);
        std::ranges::move(read_rules(file.text, shown), std::back_inserter(documents));
    }
    return documents;
}

exit_code check(check_options const& options) {
    if (options.schema) {
        std::cout << rule_schema() << std::endl;
        return exit_code::ok;
    }
    if (options.paths.empty()) {
        complain("name the files or directories to check");
        return exit_code::usage;
    }
    std::vector<rule_document> documents;
    for (auto const& path : options.paths)
        std::ranges::move(read_rule_files(path), std::back_inserter(documents));
    auto const findings = check_rules(documents);
    auto const errors = static_cast<std::size_t>(std::ranges::count(findings, severity::error, &diagnostic::level));
    auto const warnings = findings.size() - errors;

    switch (options.format) {
    case report_format::text:
        for (auto const& each : findings)
            std::cout << to_text(each);
        break;
    case report_format::json:
        std::cout << to_json(findings) << '\n';
        break;
    case report_format::sarif:
        std::cout << to_sarif(findings) << '\n';
        break;
    }
    std::cout.flush();
    std::cerr << plural(documents.size(), "rule") << ", " << plural(errors, "error") << ", "
              << plural(warnings, "warning") << std::endl;
    return errors != 0 || (options.strict && warnings != 0) ? exit_code::findings : exit_code::ok;
}

} // namespace

void add_check(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<check_options>();
    auto* const command = program.add_subcommand("check", "Report every error and warning of rule files");
    command->add_option("PATH", options->paths, "Rule files, or directories of them");
    std::map<std::string, report_format> const formats{
        {"text", report_format::text}, {"json", report_format::json}, {"sarif", report_format::sarif}};
    command->add_option("--format", options->format, "Form of the report: text, json, sarif")
        ->transform(CLI::CheckedTransformer(formats).description(""))
        ->default_str("text");
    command->add_flag("--strict", options->strict, "Warnings fail the check too");
    command->add_flag("--schema", options->schema, "Print the JSON Schema of a rule and do nothing else");
    command->footer("Example: rulehost check --strict rules");
    command->callback([options, &result] { result = check(*options); });
}

} // namespace rulehost::cli
