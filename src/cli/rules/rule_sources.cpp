#include "cli/rules/rule_sources.hpp"

#include "async/thread_team.hpp"
#include "directory/rule_directory.hpp"
#include "rule/rule_file_name.hpp"
#include "yaml/diagnostic_codes.hpp"

#include <rulehost/list_reader.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rulehost::cli {

namespace {

struct source_file {
    std::string shown; ///< its path in messages
    std::string text;
};

std::filesystem::path directory_of(std::filesystem::path const& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::vector<source_file> read_source(std::filesystem::path const& path) {
    auto const is_directory = std::filesystem::is_directory(path);
    auto const root = is_directory ? path : directory_of(path);
    rule_directory directory(root);
    auto files =
        is_directory ? directory.scan(rule_directory::reading::everything) : directory.read({path.filename().string()});
    std::vector<source_file> read;
    for (auto& [name, file] : files) {
        auto shown = is_directory ? (root / name).string() : path.string();
        if (file.found == rule_file::kind::absent)
            throw std::runtime_error(shown + ": no such file");
        if (file.found == rule_file::kind::unreadable)
            throw std::runtime_error(shown + ": " + file.text);
        read.push_back({std::move(shown), std::move(file.text)});
    }
    return read;
}

/// The documents of lists in the files beside the files among `paths`.
std::vector<list_document> read_lists_beside(std::vector<std::string> const& paths) {
    std::map<std::filesystem::path, std::set<std::string>> named; // files, by directory
    for (std::filesystem::path const path : paths)
        if (!std::filesystem::is_directory(path))
            named[directory_of(path)].insert(path.filename().string());
    std::vector<list_document> documents;
    for (auto const& [directory, files] : named) {
        std::set<std::string> beside;
        std::error_code problem;
        for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end;
             entry.increment(problem))
            if (auto name = entry->path().filename().string(); is_rule_file_name(name) && !files.contains(name))
                beside.insert(std::move(name));
        for (auto const& [name, file] : rule_directory(directory).read(beside))
            if (file.found == rule_file::kind::text)
                std::ranges::move(read_lists(file.text, (directory / name).string()), std::back_inserter(documents));
    }
    return documents;
}

} // namespace

rule_sources read_rule_sources(std::vector<std::string> const& paths) {
    std::vector<source_file> files;
    for (auto const& path : paths)
        std::ranges::move(read_source(path), std::back_inserter(files));
    std::vector<list_document> lists;
    for (auto const& file : files)
        std::ranges::move(read_lists(file.text, file.shown), std::back_inserter(lists));
    std::ranges::move(read_lists_beside(paths), std::back_inserter(lists));
    auto joined = join_lists(lists);

    std::vector<std::vector<rule_document>> of_files(files.size());
    thread_team team(thread_team::members_of_this_machine());
    team.run(files.size(), [&](std::size_t number, std::size_t) {
        of_files[number] = read_rules(files[number].text, files[number].shown, joined.lists);
    });
    rule_sources read;
    for (auto& of_file : of_files)
        std::ranges::move(of_file, std::back_inserter(read.documents));
    read.lists = std::move(joined.lists);
    read.list_findings = std::move(joined.diagnostics);
    return read;
}

std::vector<diagnostic> unread_files(std::vector<std::string> const& paths) {
    std::vector<diagnostic> unread;
    for (auto const& path : paths) {
        std::error_code problem;
        std::filesystem::recursive_directory_iterator entry(
            path, std::filesystem::directory_options::skip_permission_denied, problem);
        for (std::filesystem::recursive_directory_iterator const end; !problem && entry != end;
             entry.increment(problem)) {
            auto const name = entry->path().filename().string();
            std::error_code unknown;
            if (entry->is_directory(unknown)) {
                if (name.starts_with('.'))
                    entry.disable_recursion_pending();
            } else if (!name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml")) &&
                       !is_rule_file_name(name)) {
                diagnostic found;
                found.level = severity::warning;
                found.code = code_of(finding::unread_file).code;
                found.message = "is not read: the name of a rule file takes letters, digits, _, - and dots";
                found.path = entry->path().string();
                unread.push_back(std::move(found));
            }
        }
    }
    std::ranges::sort(unread, {}, &diagnostic::path);
    return unread;
}

std::vector<diagnostic> empty_directories(std::vector<std::string> const& paths) {
    std::vector<diagnostic> empty;
    for (auto const& path : paths) {
        if (!std::filesystem::is_directory(path) ||
            !rule_directory(path).scan(rule_directory::reading::everything).empty())
            continue;
        diagnostic found;
        found.level = severity::error;
        found.code = code_of(finding::no_rule).code;
        found.message = "the directory holds no rule file";
        found.path = path;
        empty.push_back(std::move(found));
    }
    return empty;
}

} // namespace rulehost::cli
