#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// ASCII letters in lower case, every other byte as it is: what `ignore_case` means for literal comparisons and
/// what the literals of a pattern table are compared in.
constexpr char fold_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Folds `text` into `out`, reusing its memory.
void fold_letters(std::string_view text, std::string& out);

std::string folded(std::string_view text);

} // namespace rulehost
