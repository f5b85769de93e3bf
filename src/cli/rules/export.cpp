#include "cli/commands.hpp"
#include "cli/one_shot.hpp"
#include "cli/store/moment.hpp"
#include "cli/terminal.hpp"
#include "file/errno_error.hpp"
#include "rule/rule_file_name.hpp"
#include "store/database/database_lists.hpp"
#include "text/plural.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct export_options {
    std::string store;
    std::string directory;
    moment_options when;
};

struct exported_rule {
    std::string rule_id;
    std::string text;
    std::string source_path; ///< of the file that it came from; empty: none is known
};

struct exported_list {
    std::string name;
    std::string values; ///< JSON
};

/// Whether a rule's id, which is untrusted, is safe as the name of a rule file in a directory.
bool is_file_stem(std::string const& rule_id) {
    return !rule_id.empty() && rule_id.size() <= 128 && std::ranges::all_of(rule_id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    });
}

constexpr std::string_view file_of_lists = "shared-lists.yaml";

/// The name of the rule's original file, which is untrusted; empty: unknown or unsafe.
std::string original_name(exported_rule const& rule) {
    constexpr std::size_t max_name = 128;
    auto name = std::filesystem::path(rule.source_path).filename().string();
    return name.size() <= max_name && is_rule_file_name(name) && name != file_of_lists ? name : std::string();
}

/// A file name for each rule: its original file, or its id if two rules would share a file. Empty: it has none.
std::vector<std::string> file_names_of(std::vector<exported_rule> const& rules) {
    std::map<std::string, int> wanted;
    auto const name_by_id = [](exported_rule const& rule) {
        return is_file_stem(rule.rule_id) ? rule.rule_id + ".yaml" : std::string();
    };
    for (auto const& rule : rules)
        for (auto const& name : std::set{original_name(rule), name_by_id(rule)})
            ++wanted[name];
    std::vector<std::string> names;
    for (auto const& rule : rules) {
        auto const original = original_name(rule);
        names.push_back(!original.empty() && wanted[original] == 1 ? original : name_by_id(rule));
    }
    return names;
}

void write_file(std::filesystem::path const& path, std::string const& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file)
        throw_errno(path.string());
}

exit_code write_all(std::vector<exported_rule> const& rules, std::vector<exported_list> const& lists,
                    export_options const& options) {
    std::filesystem::path const directory(options.directory);
    std::filesystem::create_directories(directory);
    if (!std::filesystem::is_empty(directory)) {
        complain(options.directory + " is not empty; name a new directory, nothing is overwritten");
        return exit_code::usage;
    }
    std::size_t written = 0;
    auto const names = file_names_of(rules);
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (names[i].empty()) {
            complain("the rule '" + rules[i].rule_id + "' was left out: its id is not a file name");
            continue;
        }
        write_file(directory / names[i], rules[i].text);
        ++written;
    }
    std::string text;
    std::size_t good = 0;
    for (auto const& list : lists) {
        database_lists alone; // resolves no names of other lists
        alone.put(list.name, list.values);
        auto const is_good =
            std::ranges::none_of(alone.findings(), [](diagnostic const& each) { return each.code == "row-damaged"; });
        if (is_good)
            text += (++good == 1 ? "lists:\n  " : "  ") + list.name + ": " + list.values + '\n';
        else
            complain("the list '" + list.name + "' was left out: " + alone.findings().front().message);
    }
    if (good != 0)
        write_file(directory / file_of_lists, text);
    std::cerr << plural(written, "rule") << (lists.empty() ? "" : " and " + plural(good, "list")) << " written"
              << std::endl;
    return written == rules.size() && good == lists.size() ? exit_code::ok : exit_code::findings;
}

asio::awaitable<exit_code> write_present(database_rule_store& store, export_options const& options) {
    std::vector<exported_rule> rules;
    auto const rows = co_await store.list_rules();
    for (auto const& each : rows)
        rules.push_back({each.rule_id, each.text, each.source_path});
    std::vector<exported_list> lists;
    auto const list_rows = co_await store.list_lists();
    for (auto const& each : list_rows)
        lists.push_back({each.name, each.values});
    co_return write_all(rules, lists, options);
}

exit_code write_past(export_options const& options) {
    auto code = exit_code::ok;
    read_past(options.store, options.when, [&](rule_history const& history, store_moment when) {
        auto const past = history.contents(when.revision);
        auto const is_doubtful = warn_of_doubts(past);
        std::vector<exported_rule> rules;
        for (auto const& each : past.held.rules)
            rules.push_back({each.rule_id, each.yaml_content, each.source_path});
        std::vector<exported_list> lists;
        for (auto const& each : past.held.lists)
            lists.push_back({each.name, each.values});
        code = write_all(rules, lists, options);
        if (code == exit_code::ok && is_doubtful)
            code = exit_code::findings;
    });
    return code;
}

} // namespace

void add_export(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<export_options>();
    auto* const command =
        program.add_subcommand("export", "Write the rules of a store to files, byte for byte, and its lists");
    add_store_option(*command, options->store)->required();
    command
        ->add_option("DIRECTORY", options->directory,
                     "The target, new or empty: a file for each rule, with its original name, and shared-lists.yaml")
        ->required();
    add_moment_options(*command, options->when);
    command->footer("Example: rulehost export --store sqlite:var/rulehost.db rescued-rules\n"
                    "         rulehost export --at 2026-12-01T10:00Z --store sqlite:var/rulehost.db rules-of-then");
    command->callback([options, &result] {
        result = options->when.is_given() ? write_past(*options)
                                          : run_on_database(options->store, database_access::read,
                                                            [options](database_rule_store& store, time_source&) {
                                                                return write_present(store, *options);
                                                            });
    });
}

} // namespace rulehost::cli
