#pragma once

#include <rulehost/rule_change.hpp>

#include <filesystem>

namespace rulehost {

/// Reads the rules of a directory tree and their lists for an `engine`: every valid rule in its default state, the
/// others in `quarantine` with their findings, as `filesystem_rule_store` does; the rules' own tests are not run. Reads
/// once and blocks; use a store to follow changes. Throws std::system_error if `path` cannot be opened.
rule_snapshot read_directory(std::filesystem::path const& path);

} // namespace rulehost
