#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// `text` with U+FFFD for every byte that is not part of well-formed UTF-8.
std::string with_valid_utf8(std::string_view text);

/// As above, and in JSON also with `\ufffd` for every escaped surrogate that lacks its partner, and with an escape
/// for every control character that stands in a string as it is.
std::string with_valid_json_text(std::string_view json);

} // namespace rulehost
