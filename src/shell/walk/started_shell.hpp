#pragma once

#include <string_view>

namespace rulehost::shell {

/// The text of a word that starts a shell by its path: `/bin/sh -i` of `--pager=/bin/sh -i`, `!/bin/sh -i`,
/// `system("/bin/sh -i")`, `write18{/bin/sh -i}`. Empty if there is none.
std::string_view started_shell(std::string_view word);

/// The text after the prefix with which an interactive program runs a command: `!id`, `:!id`, `\! id`, `.shell id`.
/// Empty if the text has no such prefix.
std::string_view behind_shell_escape(std::string_view text);

} // namespace rulehost::shell
