#pragma once

#include "sql/session/database_url.hpp"

#include <rulehost/time_point.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The differences between the SQL of the three databases.
struct dialect {
    std::vector<std::string> session_settings;     ///< run on every new connection
    std::vector<std::string> maintenance_settings; ///< the same, where a call may take hours
    std::string_view read_setting = {};            ///< makes the session read-only; empty: the file is opened read-only
    std::vector<std::string> begin_write; ///< a transaction that sees everything committed before it gets its locks
    std::vector<std::string> begin_read;  ///< a transaction whose statements see one state of the database
    std::string_view lock_rows = {};      ///< ends a SELECT whose rows are about to be written
    std::string_view clock;               ///< an expression: the database's current time, read by `parse_time`

    std::string_view has_schema; ///< a query: one row when `schema_version` exists
    /// A query: 1 once this session has the lock for creating and migrating the schema; may be empty.
    std::string_view lock_schema = {};
    std::string_view unlock_schema = {};
    std::vector<std::vector<std::string>> schema; ///< the statements from version n to n + 1

    std::string_view has_index;         ///< a query: one row if the index `:1` exists and is complete
    std::string_view lock_index = {};   ///< a query: 1 for the only session that builds indexes; may be empty
    std::string_view unlock_index = {}; ///< a query; may be empty
    std::string_view drop_index;        ///< removes `$index` of `$table`, also the rest of an interrupted build
    std::string_view build_index; ///< `$index` of `$table` on `$columns`, while rows are inserted where the server can
    std::string_view build_progress =
        {}; ///< a query on another session: percent of the build that is done; may be empty

    std::string_view insert_new;      ///< `INSERT`; skips duplicates of the primary key, with `or_nothing`
    std::string_view or_nothing = {}; ///< after the values: skips duplicates
    std::string_view ignored = {};    ///< query of their warnings: level, code, text a row; empty: duplicates only
    std::string_view duplicate = {};  ///< the code of a duplicate there
    /// A query: the server's limit of bytes per statement; empty: never reached.
    std::string_view max_statement_size = {};
    /// The fastest measured way to insert many rows.
    enum class many_rows {
        one_by_one, ///< one statement, prepared once, run for each row
        arrays,     ///< one statement with every column as an array
        values,     ///< one statement with the values of all rows
    } insert_many;
    std::size_t writers; ///< the fastest number of connections for many rows; 1: one writes at a time

    std::string_view happened_at;    ///< an expression on `ttp_tag`: `observed_at`, or `created_at` where that is empty
    std::string_view insertion;      ///< a column of `ttp_tag` that grows with the inserts: a number, or a time
    std::string_view store_position; ///< upserts `input`, `place` of ttp_input_position
    std::string_view add_rule_hour;  ///< adds five counts to the row of an hour, rule and worker, or creates it

    /// A time column as text that `parse_time` reads.
    std::string (*time_text)(std::string_view column);
    /// A floating-point column as text that reads back as the same number.
    std::string (*number_text)(std::string_view column);
    /// The expression for a bound time.
    std::string (*time_value)(time_point);
};

dialect const& dialect_of(database_kind);

} // namespace rulehost
