#include "cli/rules/git_rules.hpp"

#include "cli/child_process.hpp"
#include "rule/rule_file_name.hpp"
#include "text/number.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

constexpr std::string_view prefix = "git:";
constexpr std::size_t max_listing = 64 * 1024 * 1024;
constexpr std::size_t max_texts = 512 * 1024 * 1024;

std::string run_git(std::string const& name, std::vector<std::string> words, std::string_view input,
                    std::size_t limit) {
    words.insert(words.begin(), {"git", "--no-pager"});
    finished_process done;
    try {
        // A partial clone would otherwise fetch missing objects by any command in its configuration: an empty list of
        // protocols overrides every configuration.
        done = run_program(std::move(words), input, limit, {"GIT_ALLOW_PROTOCOL=", "GIT_NO_LAZY_FETCH=1"});
    } catch (std::system_error const& problem) {
        throw std::runtime_error(name + ": git cannot be run: " + problem.code().message());
    }
    if (done.code == 0)
        return std::move(done.output);
    auto why = done.errors.substr(0, done.errors.find('\n'));
    if (auto const fatal = std::string_view("fatal: "); why.starts_with(fatal))
        why.erase(0, fatal.size());
    throw std::runtime_error(
        name + ": git says: " + (why.empty() ? "nothing; it ended with " + std::to_string(done.code) : why));
}

/// `REV:DIR`, git's name of a tree.
std::string tree_of(std::string const& name) {
    auto const tree = name.substr(prefix.size());
    auto const colon = tree.find(':');
    auto const is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (colon == tree.npos || colon == 0 || tree.front() == '-' || std::ranges::any_of(tree, is_control))
        throw std::invalid_argument("takes git:REV:DIR, such as git:main:rules, not '" + name + "'");
    return tree;
}

struct git_entry {
    std::string mode;
    std::string type;
    std::string object;
    std::size_t size = 0; ///< of a file
    std::string path;
};

/// `MODE TYPE OBJECT SIZE<tab>PATH`, the size after any spaces and `-` where there is none.
std::optional<git_entry> read_entry(std::string_view record) {
    auto const tab = record.find('\t');
    if (tab == record.npos)
        return {};
    git_entry entry;
    entry.path = record.substr(tab + 1);
    auto left = record.substr(0, tab);
    auto const next = [&left] {
        left.remove_prefix(std::min(left.find_first_not_of(' '), left.size()));
        auto const word = left.substr(0, left.find(' '));
        left.remove_prefix(word.size());
        return std::string(word);
    };
    entry.mode = next();
    entry.type = next();
    entry.object = next();
    auto const size = next();
    if (size != "-") {
        auto const number = parse_number<std::uint64_t>(size);
        if (!number)
            return {};
        entry.size = *number;
    }
    return entry;
}

bool is_hidden(std::string_view path) {
    return path.starts_with('.') || path.find("/.") != path.npos;
}

std::vector<git_entry> read_listing(std::string const& name, std::string_view listing) {
    std::vector<git_entry> entries;
    while (!listing.empty()) {
        auto const end = std::min(listing.find('\0'), listing.size());
        auto entry = read_entry(listing.substr(0, end));
        listing.remove_prefix(std::min(end + 1, listing.size()));
        if (!entry)
            throw std::runtime_error(name + ": git lists what cannot be read");
        if (!is_hidden(entry->path))
            entries.push_back(std::move(*entry));
    }
    return entries;
}

/// Why a file is not read; empty: it is.
std::string why_unread(git_entry const& entry) {
    if (entry.mode == "120000")
        return "it is a symbolic link, which is not followed in a revision";
    return entry.size > rule_directory::max_file_size ? "it is larger than 16 MiB" : "";
}

/// The text of `entry`, which `texts` begins with: `OBJECT blob SIZE`, a line break, the bytes, a line break.
std::string take_text(std::string const& name, git_entry const& entry, std::string_view& texts) {
    auto const heading = entry.object + " blob " + std::to_string(entry.size) + '\n';
    if (!texts.starts_with(heading) || texts.size() < heading.size() + entry.size + 1)
        throw std::runtime_error(name + ": git does not have the text of " + entry.path);
    auto text = std::string(texts.substr(heading.size(), entry.size));
    texts.remove_prefix(heading.size() + entry.size + 1);
    return text;
}

} // namespace

bool names_git_revision(std::string_view name) {
    return name.starts_with(prefix);
}

rule_files read_git_rules(std::string const& name) {
    rule_files files;
    std::vector<git_entry> wanted;
    std::string objects;
    auto const listing = run_git(name, {"ls-tree", "-r", "-z", "-l", "--full-tree", tree_of(name)}, {}, max_listing);
    for (auto& entry : read_listing(name, listing)) {
        if (entry.type == "commit") {
            files[entry.path + '/'] = {rule_file::kind::unreadable, "it is a submodule, whose files are not read"};
            continue;
        }
        if (!is_rule_file_name(std::string_view(entry.path).substr(entry.path.rfind('/') + 1)))
            continue;
        if (auto why = why_unread(entry); !why.empty()) {
            files[entry.path] = {rule_file::kind::unreadable, std::move(why)};
            continue;
        }
        objects += entry.object + '\n';
        wanted.push_back(std::move(entry));
    }
    auto const answer = run_git(name, {"cat-file", "--batch"}, objects, max_texts);
    std::string_view texts = answer;
    for (auto const& entry : wanted)
        files[entry.path] = {rule_file::kind::text, take_text(name, entry, texts)};
    return files;
}

} // namespace rulehost::cli
