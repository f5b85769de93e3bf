#include "text/table.hpp"

#include "text/assertion.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace rulehost {

namespace {

constexpr std::size_t gap = 2;              // between columns
constexpr std::size_t indent = 4;           // of the further lines of a row
constexpr std::size_t least_of_a_text = 20; // columns; less of it is not worth a place in the line

using row = std::vector<std::string>;

/// A column as it is shown.
struct shown_column {
    std::size_t at = 0; ///< of the cells
    bool is_text = false;
    std::size_t width = 0;

    std::size_t least() const { return is_text ? std::min(width, least_of_a_text) : width; }
};

using line_of_columns = std::vector<shown_column>;

/// `10:00:00Z` of `2026-12-01T10:00:00.5Z`; the date stays where `day` is empty.
std::string short_time(std::string const& cell, std::string const& day) {
    constexpr std::string_view form = "2026-12-01T10:00:00";
    if (cell.size() <= form.size() || cell.back() != 'Z')
        return cell;
    auto const begin = day.empty() ? 0 : day.size() + 1;
    return cell.substr(begin, form.size() - begin) + 'Z';
}

void shorten_times(std::span<row> rows, std::size_t at, std::string const& today) {
    auto const is_of_today = [&](row const& each) {
        return each[at].empty() || (!today.empty() && each[at].starts_with(today + 'T'));
    };
    auto const day = std::ranges::all_of(rows, is_of_today) ? today : std::string();
    for (auto& each : rows)
        each[at] = short_time(each[at], day);
}

std::size_t width_of(std::vector<row> const& rows, std::size_t at) {
    std::size_t widest = 0;
    for (auto const& each : rows)
        widest = std::max(widest, count_units(each[at]));
    return widest;
}

std::size_t width_of(line_of_columns const& line, std::size_t left) {
    for (auto const& each : line)
        left += each.width + gap;
    return left - (line.empty() ? 0 : gap);
}

/// The columns in lines, each of which fits in `width` once its texts are cut; a column that does not fit has its own.
std::vector<line_of_columns> lines_of(line_of_columns const& columns, std::size_t width) {
    std::vector<line_of_columns> lines(1);
    std::size_t taken = 0;
    for (auto const& each : columns) {
        if (!lines.back().empty() && taken + each.least() > width) {
            lines.emplace_back();
            taken = indent;
        }
        taken += each.least() + gap;
        lines.back().push_back(each);
    }
    return lines;
}

/// Takes columns from the widest texts until the line fits.
void narrow(line_of_columns& line, std::size_t left, std::size_t width) {
    for (auto total = width_of(line, left); total > width; --total) {
        shown_column* widest = nullptr;
        for (auto& each : line)
            if (each.width > each.least() && (!widest || widest->width < each.width))
                widest = &each;
        if (!widest)
            return;
        --widest->width;
    }
}

/// The first `columns` characters, of which the last is an ellipsis where more follow.
std::string cut(std::string_view text, std::size_t columns) {
    if (count_units(text) <= columns)
        return std::string(text);
    std::size_t end = 0;
    for (std::size_t seen = 1; seen < columns; ++seen)
        end += first_unit(text.substr(end)).length;
    return std::string(text.substr(0, end)) + "\u2026";
}

void append_line(std::string& out, row const& cells, line_of_columns const& columns, std::size_t left) {
    std::string line(left, ' ');
    for (auto const& each : columns) {
        auto const cell = cut(cells[each.at], each.width);
        line += cell + std::string(each.width - count_units(cell) + gap, ' ');
    }
    if (auto const end = line.find_last_not_of(' ') + 1; end != 0 || left == 0)
        out.append(line, 0, end).append("\n");
}

} // namespace

std::string table_text(std::vector<table_column> columns, std::vector<row> rows, table_place const& place) {
    row headings;
    for (auto const& each : columns)
        headings.push_back(each.heading);
    rows.insert(rows.begin(), std::move(headings));
    auto const body = std::span(rows).subspan(1);
    RULEHOST_ASSERT(std::ranges::all_of(body, [&](row const& each) { return each.size() == columns.size(); }));

    auto const shown = [&] {
        line_of_columns all;
        for (std::size_t at = 0; at != columns.size(); ++at)
            if (body.empty() || std::ranges::any_of(body, [at](row const& each) { return !each[at].empty(); }))
                all.push_back({at, columns[at].how == table_column::kind::text, width_of(rows, at)});
        return all;
    };
    auto const width = place.width == 0 ? std::string::npos : place.width;
    auto all = shown();
    if (width_of(all, 0) > width) {
        for (std::size_t at = 0; at != columns.size(); ++at)
            if (columns[at].how == table_column::kind::time)
                shorten_times(body, at, place.today);
        all = shown();
    }
    auto lines = lines_of(all, width);
    for (auto& each : lines)
        narrow(each, &each == &lines.front() ? 0 : indent, width);
    std::string out;
    for (auto const& cells : rows)
        for (auto const& each : lines)
            append_line(out, cells, each, &each == &lines.front() ? 0 : indent);
    return out;
}

} // namespace rulehost
