#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// Repairs JSON to valid UTF-8, with `\ufffd` for every unpaired escaped surrogate, and an escape for every raw control
/// character in a string.
std::string with_valid_json_text(std::string_view json);

} // namespace rulehost
