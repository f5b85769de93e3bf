#pragma once

#include "directory/rule_directory.hpp"

#include <string>
#include <string_view>

namespace rulehost::cli {

/// Whether `name` is `git:REV:DIR`. A directory of such a name is `./git:...`.
bool names_git_revision(std::string_view name);

/// The rule files of a directory in a revision of the git repository around the working directory, as `rule_directory`
/// finds them in a checkout; links and submodules are not followed. Runs `git`, which reads objects that are there and
/// fetches none. Throws std::invalid_argument for a malformed `name`, std::runtime_error with what git says: no such
/// revision or directory, no repository, no git.
rule_files read_git_rules(std::string const& name);

} // namespace rulehost::cli
