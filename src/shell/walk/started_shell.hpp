#pragma once

#include <string_view>

namespace rulehost::shell {

/// The text of a word that starts a shell by its path: `/bin/sh -i` of `--pager=/bin/sh -i`, `!/bin/sh -i`,
/// `system("/bin/sh -i")`, `write18{/bin/sh -i}`. Empty when there is none.
std::string_view started_shell(std::string_view word);

/// The text behind the sign by which an interactive program is told to run a command: `!id`, `:!id`, `\! id`, `.shell
/// id`. Empty when the text does not start with one.
std::string_view behind_shell_escape(std::string_view text);

} // namespace rulehost::shell
