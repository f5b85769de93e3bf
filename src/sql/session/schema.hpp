#pragma once

#include "sql/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// Maximum number of rows of a table that a worker's start changes: above it only `rulehost store upgrade` does.
constexpr std::uint64_t max_rows_of_unasked_change = 1'000'000;

/// Creates the tables, or migrates them from an older version, which only adds to them. Safe from several processes at
/// once. Writes nothing if the schema is up to date, so that a read-only database can be followed, or newer and
/// compatible. Builds missing indexes of small tables only. Throws database_error, of kind `unsupported` for an
/// incompatible newer schema.
void prepare_schema(session& session);

/// Version of the tables: 0 if there are none, and this program's version for newer compatible ones.
std::size_t schema_version(session& session);

/// As `prepare_schema`, without any index.
void migrate_schema(session& session);

/// Throws database_error of kind `unsupported` if this program does not know version `min_reader` of the tables: they
/// were upgraded meanwhile.
void require_understood(session const& session, std::size_t min_reader);

/// Throws database_error of kind `moved` unless the database has the tables of a store.
void require_schema(session& session);

/// The newest version that added to the tables of rules: `ttp_decision`.
constexpr std::size_t version_of_rule_tables = 9;

/// Opens a store for reading (`database_access::read`). Throws database_error, of kind `moved` if it is no store, and
/// of kind `other` if its tables are older than `version`.
session open_to_read(database_url const& url, std::size_t version, std::shared_ptr<call_watch> watch = {});

/// An index of a table that may be large.
struct large_index {
    std::string_view name;
    std::string_view table;
    std::string_view columns;
    std::string_view replaces = {}; ///< an index that it replaces; empty: none
};

/// The indexes that are missing or incomplete.
std::vector<large_index> missing_indexes(session& session);

/// Builds an index, and removes the one that it replaces. PostgreSQL and MariaDB accept inserts meanwhile; on SQLite
/// other writers wait. Slow: needs a session without deadlines. Throws database_error, of kind `busy` if another
/// process is building one. An interrupted build starts again the next time.
void build_index(session& session, large_index const& index);

/// Number of rows of a table, counted up to `limit`.
std::uint64_t count_rows(session& session, std::string_view table, std::uint64_t limit);

} // namespace rulehost
