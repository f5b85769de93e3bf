#pragma once

#include <rulehost/rule_reader.hpp>

#include <string>
#include <vector>

namespace rulehost::cli {

/// The rule documents of files, and of directory trees as the filesystem store sees them. Throws
/// std::system_error or std::runtime_error with the path that cannot be read.
std::vector<rule_document> read_rule_sources(std::vector<std::string> const& paths);

} // namespace rulehost::cli
