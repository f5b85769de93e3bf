#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// A column of a table, and how it gives way where a row is wider than its line.
struct table_column {
    enum class kind {
        whole, ///< never cut: ids, addresses, techniques, numbers
        time,  ///< `2026-12-01T10:00:00Z`, whose date is left out where all rows are of today
        text   ///< free text, which may end with an ellipsis
    };

    table_column(char const* title, kind gives_way = kind::whole) : heading(title), how(gives_way) {}

    std::string heading;
    kind how;
};

inline table_column time_column(char const* heading) {
    return {heading, table_column::kind::time};
}

inline table_column text_column(char const* heading) {
    return {heading, table_column::kind::text};
}

/// Where a table is shown.
struct table_place {
    std::size_t width = 0; ///< columns of a line; 0: any row fits
    std::string today;     ///< `2026-12-01`, in UTC
};

/// Lines of a table, two blanks between the columns, with a line of headings. Each row has a cell, in valid UTF-8 of
/// one line, for each column. A column without any value is left out. Where rows are too wide, times are shortened, then
/// free texts; what still does not fit goes on in a further, indented line.
std::string table_text(std::vector<table_column> columns, std::vector<std::vector<std::string>> rows,
                       table_place const& place);

} // namespace rulehost
