#include "match/letter_fold.hpp"

#include <algorithm>

namespace rulehost {

void fold_letters(std::string_view text, std::string& out) {
    out.resize(text.size());
    std::transform(text.begin(), text.end(), out.begin(), fold_letter);
}

std::string folded(std::string_view text) {
    std::string out;
    fold_letters(text, out);
    return out;
}

} // namespace rulehost
