#include "match/value/letter_fold.hpp"

#include "text/ascii.hpp"

#include <algorithm>
#include <array>

namespace rulehost {

namespace {

/// A character that is the same as an ASCII letter where case is ignored.
struct passing_character {
    std::string_view bytes;
    char letter;
};

constexpr std::array passing_characters{
    passing_character{"\xe2\x84\xaa", 'k'}, // KELVIN SIGN
    passing_character{"\xc5\xbf", 's'},     // LATIN SMALL LETTER LONG S
    passing_character{"\xc4\xb0", 'i'},     // LATIN CAPITAL LETTER I WITH DOT ABOVE
    passing_character{"\xc4\xb1", 'i'},     // LATIN SMALL LETTER DOTLESS I
};

} // namespace

bool append_fold(std::string_view text, std::string& out) {
    bool const holds_one = std::ranges::any_of(
        passing_characters, [&](auto const& each) { return text.find(each.bytes) != std::string_view::npos; });
    if (!holds_one)
        return false;
    while (!text.empty()) {
        auto const found =
            std::ranges::find_if(passing_characters, [&](auto const& each) { return text.starts_with(each.bytes); });
        bool const passes = found != passing_characters.end();
        out += passes ? found->letter : text.front();
        text.remove_prefix(passes ? found->bytes.size() : 1);
    }
    return true;
}

void fold_letters(std::string_view text, std::string& out) {
    out.clear();
    if (is_ascii(text) || !append_fold(text, out))
        out = text;
    std::ranges::transform(out, out.begin(), fold_letter);
}

std::string folded(std::string_view text) {
    std::string out;
    fold_letters(text, out);
    return out;
}

} // namespace rulehost
