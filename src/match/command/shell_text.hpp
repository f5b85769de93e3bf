#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rulehost {

/// Whether `text` holds anything that the functions below could remove. Cheap; may be wrongly true.
bool may_be_obfuscated(std::string_view text);

/// Appends `command` as a shell would read its words: quotes and backslashes removed, `$'..'` decoded, `$IFS` a
/// blank, unset positional parameters removed, `{a,b}` expanded, and the escapes that `echo -e` and `printf` would
/// print decoded. One pass, linear; appends at most as many bytes as `command` has.
void append_unquoted(std::string_view command, std::string& out);

/// Appends the commands of a line that decodes base64 into a shell (`echo .. | base64 -d | sh` and the like):
/// each decodable text on a line of its own, at most `room` bytes. Appends nothing for other lines.
void append_decoded(std::string_view line, std::size_t room, std::string& out);

} // namespace rulehost
