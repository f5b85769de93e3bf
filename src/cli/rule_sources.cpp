#include "cli/rule_sources.hpp"

#include "rule/rule_file_name.hpp"
#include "store/rule_directory.hpp"
#include "time/thread_team.hpp"
#include "yaml/diagnostic_codes.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rulehost::cli {

namespace {

std::vector<rule_document> read_rule_source(std::filesystem::path const& path) {
    auto const is_directory = std::filesystem::is_directory(path);
    auto const root = is_directory   ? path
        : path.parent_path().empty() ? std::filesystem::path(".")
                                     : path.parent_path();
    rule_directory directory(root);
    auto const files =
        is_directory ? directory.scan(rule_directory::reading::everything) : directory.read({path.filename().string()});
    std::vector<std::pair<std::string, rule_file const*>> named;
    for (auto const& [name, file] : files) {
        auto const shown = is_directory ? (root / name).string() : path.string();
        if (file.found == rule_file::kind::absent)
            throw std::runtime_error(shown + ": no such file");
        if (file.found == rule_file::kind::unreadable)
            throw std::runtime_error(shown + ": " + file.text);
        named.emplace_back(shown, &file);
    }
    std::vector<std::vector<rule_document>> of_files(named.size());
    thread_team team(thread_team::members_of_this_machine());
    team.run(named.size(), [&](std::size_t number, std::size_t) {
        of_files[number] = read_rules(named[number].second->text, named[number].first);
    });
    std::vector<rule_document> documents;
    for (auto& of_file : of_files)
        std::ranges::move(of_file, std::back_inserter(documents));
    return documents;
}

} // namespace

std::vector<rule_document> read_rule_sources(std::vector<std::string> const& paths) {
    std::vector<rule_document> documents;
    for (auto const& path : paths)
        std::ranges::move(read_rule_source(path), std::back_inserter(documents));
    return documents;
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
