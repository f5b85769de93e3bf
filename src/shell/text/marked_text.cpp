#include "shell/text/marked_text.hpp"

namespace rulehost::shell {

bool has_two_readings(std::string_view text) {
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
        auto const end = end_of_mark(text, at);
        if (end - at < 4 || text[end - 2] != '\1' || text[end - 3] != mark)
            return true;
        at = end;
    }
    return false;
}

std::string_view plain_text(std::string_view text, bool kept, text_arena& arena) {
    if (!is_marked(text))
        return text;
    auto* const out = arena.take(text.size());
    std::size_t size = 0;
    auto const put = [&](std::string_view piece) {
        for (auto const c : piece)
            out[size++] = c;
    };
    std::size_t at = 0;
    while (at < text.size()) {
        auto const next = text.find(mark, at);
        put(text.substr(at, next - at));
        if (next == std::string_view::npos)
            break;
        auto const middle = text.find(mark, next + 1);
        if (middle == std::string_view::npos)
            break;
        auto const end = end_of_mark(text, next);
        auto const first = text.substr(next + 1, middle - next - 1);
        auto const second = text.substr(middle + 1, end - middle - 2);
        put(kept || second == "\1" ? first : second);
        at = end;
    }
    return {out, size};
}

} // namespace rulehost::shell
