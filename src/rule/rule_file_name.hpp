#pragma once

#include <string_view>

namespace rulehost {

/// Whether a file of this name holds rules: letters, digits, `_`, `-` and dots before `.yaml` or `.yml`, the first of
/// them a letter, a digit or `_`. Editors' copies (`x.yaml~`, `.x.yaml.swp`, `x.yaml.tmp`) do not.
bool is_rule_file_name(std::string_view name);

/// Whether the name of the file at `path` has more than letters, digits and `_` before its ending. Earlier versions
/// skipped such files, so their rules yield to those of every other file.
bool yields_to_plain_names(std::string_view path);

} // namespace rulehost
