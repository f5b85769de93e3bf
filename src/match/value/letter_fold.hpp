#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// ASCII letters in lower case, every other byte as it is.
constexpr char fold_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Appends `text` with an ASCII letter for each character that equals one when case is ignored (KELVIN SIGN, LONG
/// S, the i with a dot above and without one). False: it holds none of them, and nothing is appended.
bool append_fold(std::string_view text, std::string& out);

/// Folds `text` into `out`, reusing its memory: `append_fold`, then lower case. Text with such characters
/// becomes shorter. Defines `ignore_case` for literal comparisons, and the form in which pattern tables compare words.
void fold_letters(std::string_view text, std::string& out);

std::string folded(std::string_view text);

} // namespace rulehost
