#pragma once

#include <rulehost/rule_change.hpp>

#include <filesystem>

namespace rulehost {

/// The rules of a directory tree and their lists, for an `engine`: every good rule in its default state, the others in
/// `quarantine` with their findings, as a `filesystem_rule_store` that opens the directory has them; the rules' own
/// tests are not run. Blocking, once; a store follows its directory. Throws std::system_error when `path` cannot be
/// opened.
rule_snapshot read_directory(std::filesystem::path const& path);

} // namespace rulehost
