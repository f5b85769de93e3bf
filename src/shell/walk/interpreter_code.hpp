#pragma once

#include "shell/text/text_arena.hpp"

#include <string_view>

namespace rulehost::shell {

/// The next constant text in an interpreter's code that it passes to a shell: the string in `system("..")`,
/// `os.popen('..')`, `exec "..";`, backticks of Perl and Ruby, the list of `subprocess.call(["sh", "-c", ".."])`. Also
/// what `exec(b64decode(".."))` holds of that. Moves `code` past it; a null view if there is no more.
std::string_view next_shell_text(std::string_view& code, text_arena& arena);

} // namespace rulehost::shell
