#pragma once

#include "shell/text/text_arena.hpp"

#include <string_view>

namespace rulehost::shell {

/// The next constant text in the code of an interpreter that it gives to a shell: the string in `system("..")`,
/// `os.popen('..')`, `exec "..";`, backticks of Perl and Ruby, the list of `subprocess.call(["sh", "-c", ".."])`. Also
/// what `exec(b64decode(".."))` holds of that. Moves `code` behind it; a null view when there is no more.
std::string_view next_shell_text(std::string_view& code, text_arena& arena);

} // namespace rulehost::shell
