#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rulehost::shell {

enum class escape_style {
    ansi,   ///< `$'..'`
    echo,   ///< `echo -e`: octal is `\0nnn`, `\c` ends the text
    printf, ///< the format of printf
};

/// Writes `text` with its backslash escapes decoded to `out`, which has room for `text.size() + 4`; NUL is dropped.
/// Returns how many bytes were written.
std::size_t decode_escapes(std::string_view text, escape_style style, char* out);

} // namespace rulehost::shell
