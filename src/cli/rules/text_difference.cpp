#include "cli/rules/text_difference.hpp"

#include <algorithm>

namespace rulehost::cli {

namespace {

constexpr std::size_t context = 3;
constexpr std::ptrdiff_t max_edits = 2000;

struct edit {
    char mark; ///< ` `, `-` or `+`
    std::string_view line;
};

using text_lines = std::vector<std::string_view>; ///< with their line ends

text_lines lines_of(std::string_view text) {
    text_lines all;
    while (!text.empty()) {
        auto const end = text.find('\n');
        auto const length = end == text.npos ? text.size() : end + 1;
        all.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return all;
}

/// The reach of each diagonal with 0, 1, 2, ... edits (E. Myers, 1986). Empty: more than `max_edits` are needed.
std::vector<std::vector<std::ptrdiff_t>> trace_of(text_lines const& from, text_lines const& to) {
    auto const n = std::ssize(from);
    auto const m = std::ssize(to);
    std::vector<std::vector<std::ptrdiff_t>> trace;
    std::vector<std::ptrdiff_t> former{0, 0, 0}; // of diagonals -1 to 1
    for (std::ptrdiff_t d = 0; d <= std::min(n + m, max_edits); ++d) {
        std::vector<std::ptrdiff_t> reached(static_cast<std::size_t>(2 * d + 3), 0); // of diagonals -d-1 to d+1
        auto const at = [](auto& of, std::ptrdiff_t edits, std::ptrdiff_t k) -> auto& {
            return of[static_cast<std::size_t>(k + edits + 1)];
        };
        for (auto k = -d; k <= d; k += 2) {
            std::ptrdiff_t x = 0;
            if (d > 0) {
                auto const down = k == -d || (k != d && at(former, d - 1, k - 1) < at(former, d - 1, k + 1));
                x = down ? at(former, d - 1, k + 1) : at(former, d - 1, k - 1) + 1;
            }
            auto y = x - k;
            while (x < n && y < m && from[static_cast<std::size_t>(x)] == to[static_cast<std::size_t>(y)]) {
                ++x;
                ++y;
            }
            at(reached, d, k) = x;
            if (x >= n && y >= m) {
                trace.push_back(reached);
                return trace;
            }
        }
        trace.push_back(reached);
        former = std::move(reached);
    }
    return {};
}

std::vector<edit> edits_of(text_lines const& from, text_lines const& to) {
    std::vector<edit> edits;
    auto const trace = trace_of(from, to);
    if (trace.empty()) {
        for (auto const line : from)
            edits.push_back({'-', line});
        for (auto const line : to)
            edits.push_back({'+', line});
        return edits;
    }
    auto x = std::ssize(from);
    auto y = std::ssize(to);
    for (auto d = std::ssize(trace) - 1; d >= 0; --d) {
        auto const k = x - y;
        std::ptrdiff_t before_x = 0;
        std::ptrdiff_t before_y = 0;
        if (d > 0) {
            auto const& former = trace[static_cast<std::size_t>(d - 1)];
            auto const reached = [&](std::ptrdiff_t diagonal) {
                return former[static_cast<std::size_t>(diagonal + d)];
            };
            auto const down = k == -d || (k != d && reached(k - 1) < reached(k + 1));
            auto const former_k = down ? k + 1 : k - 1;
            before_x = reached(former_k);
            before_y = before_x - former_k;
        }
        while (x > before_x && y > before_y) {
            edits.push_back({' ', from[static_cast<std::size_t>(--x)]});
            --y;
        }
        if (d > 0) {
            if (x == before_x)
                edits.push_back({'+', to[static_cast<std::size_t>(--y)]});
            else
                edits.push_back({'-', from[static_cast<std::size_t>(--x)]});
        }
    }
    std::ranges::reverse(edits);
    return edits;
}

void add_line(text_difference& to, edit const& each) {
    auto line = each.line;
    auto const is_whole = line.ends_with('\n');
    if (is_whole)
        line.remove_suffix(1);
    to.lines.push_back(each.mark + std::string(line));
    if (!is_whole)
        to.lines.emplace_back("\\ No newline at end of file");
}

} // namespace

text_difference difference_of(std::string_view before, std::string_view after) {
    text_difference found;
    if (before == after)
        return found;
    auto const edits = edits_of(lines_of(before), lines_of(after));
    std::size_t line_before = 1;
    std::size_t line_after = 1;
    std::size_t covered = 0; // edits before this one are in a hunk, or are passed over
    for (std::size_t i = 0; i < edits.size();) {
        if (edits[i].mark == ' ') {
            ++i;
            continue;
        }
        auto const begin = std::max(covered, i - std::min(i, context));
        auto end = i;
        for (std::size_t same = 0; end < edits.size() && same <= 2 * context; ++end)
            same = edits[end].mark == ' ' ? same + 1 : 0;
        while (end > i && edits[end - 1].mark == ' ')
            --end;
        end = std::min(edits.size(), end + context);
        for (; covered < begin; ++covered) {
            ++line_before;
            ++line_after;
        }
        std::size_t count_before = 0;
        std::size_t count_after = 0;
        for (auto each = begin; each < end; ++each) {
            count_before += edits[each].mark != '+' ? 1 : 0;
            count_after += edits[each].mark != '-' ? 1 : 0;
            found.removed += edits[each].mark == '-' ? 1 : 0;
            found.added += edits[each].mark == '+' ? 1 : 0;
        }
        auto const span = [](std::size_t line, std::size_t count) {
            auto const first = std::to_string(count == 0 ? line - 1 : line);
            return count == 1 ? first : first + "," + std::to_string(count);
        };
        found.lines.push_back("@@ -" + span(line_before, count_before) + " +" + span(line_after, count_after) + " @@");
        for (auto each = begin; each < end; ++each)
            add_line(found, edits[each]);
        line_before += count_before;
        line_after += count_after;
        covered = i = end;
    }
    return found;
}

} // namespace rulehost::cli
