#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// JSON as valid UTF-8, with `\ufffd` for every escaped surrogate that lacks its partner, and with an escape for every
/// control character that stands in a string as it is.
std::string with_valid_json_text(std::string_view json);

} // namespace rulehost
