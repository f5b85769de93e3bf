#pragma once

#include "shell/text/text_arena.hpp"

#include <string>
#include <string_view>

namespace rulehost::shell {

/// Text in which some places have two readings: an unset variable (`$zz`) stays as typed in one and is empty in the
/// other. Such a place is NUL, the first reading, NUL, the second, NUL; a second reading of `\1` repeats the first: an
/// unknown value (`$(id)`). NUL stands in no line, so a person cannot type one.
inline constexpr char mark = '\0';

inline void append_marked(std::string& out, std::string_view kept, std::string_view other) {
    out += mark;
    out += kept;
    out += mark;
    out += other;
    out += mark;
}

inline void append_unknown(std::string& out, std::string_view typed) {
    append_marked(out, typed, "\1");
}

inline bool is_marked(std::string_view text) {
    return text.find(mark) != std::string_view::npos;
}

/// The end of the place that starts at `from`; `text[from]` is a mark.
inline std::size_t end_of_mark(std::string_view text, std::size_t from) {
    auto const middle = text.find(mark, from + 1);
    auto const last = middle == std::string_view::npos ? middle : text.find(mark, middle + 1);
    return last == std::string_view::npos ? text.size() : last + 1;
}

/// Whether the two readings differ.
bool has_two_readings(std::string_view text);

/// One of the readings.
std::string_view plain_text(std::string_view text, bool kept, text_arena& arena);

} // namespace rulehost::shell
