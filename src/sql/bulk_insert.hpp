#pragma once

#include "sql/session/session.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace rulehost {

/// A table and its columns for an insert.
struct bulk_target {
    struct column {
        std::string_view name;
        std::string_view type; ///< its name in PostgreSQL
    };
    enum class duplicates { impossible, ignored }; ///< of the first column, the primary key

    std::string_view table;
    std::span<column const> columns;
    duplicates when = duplicates::impossible;
};

/// Inserts `rows` rows in the caller's transaction, in the fastest way of this database. `fill` appends the values
/// of a row, all of them storable. Returns the inserted rows, ascending; of duplicate keys the first.
std::vector<std::size_t> bulk_insert(session&, bulk_target const&, std::size_t rows,
                                     std::function<void(std::size_t row, std::vector<sql_value>& values)> const& fill);

} // namespace rulehost
