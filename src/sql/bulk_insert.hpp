#pragma once

#include "sql/session/session.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace rulehost {

/// A table and those of its columns that rows are inserted into.
struct bulk_target {
    struct column {
        std::string_view name;
        std::string_view type; ///< PostgreSQL's name of it
    };
    enum class duplicates { impossible, ignored }; ///< of the first column, the primary key

    std::string_view table;
    std::span<column const> columns;
    duplicates when = duplicates::impossible;
};

/// Inserts `rows` rows in the caller's transaction, the way that is fastest on this database. `fill` appends the values
/// of a row, all of them storable. Returns the rows that were inserted, ascending; of two with the same key the first.
std::vector<std::size_t> bulk_insert(session&, bulk_target const&, std::size_t rows,
                                     std::function<void(std::size_t row, std::vector<sql_value>& values)> const& fill);

} // namespace rulehost
