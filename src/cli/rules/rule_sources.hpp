#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_lists.hpp>
#include <rulehost/rule_reader.hpp>

#include <string>
#include <vector>

namespace rulehost::cli {

/// The contents of files of rules and lists.
struct rule_sources {
    std::vector<rule_document> documents;
    rule_lists lists; ///< that the documents were read with
    std::vector<diagnostic> list_findings;
};

/// The rules and lists of files, and of directory trees as the filesystem store sees them. A rule of a file may also
/// name a list of the files beside it. Throws std::system_error or std::runtime_error with the path that cannot be
/// read.
rule_sources read_rule_sources(std::vector<std::string> const& paths);

/// A warning `unread-file` for each file below the directories among `paths` that ends in `.yaml` or `.yml` and is
/// skipped because of its name. Ignores hidden files and unreadable directories.
std::vector<diagnostic> unread_files(std::vector<std::string> const& paths);

/// An error `no-rule` for each directory among `paths` without a rule file, which is likely a mistyped path.
std::vector<diagnostic> empty_directories(std::vector<std::string> const& paths);

} // namespace rulehost::cli
