#pragma once

#include "sql/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rulehost {

/// Above so many rows only `rulehost store upgrade` changes a table: nobody who starts a worker waits for that.
constexpr std::uint64_t max_rows_of_unasked_change = 1'000'000;

/// Creates the tables, or brings them from an older version to this one, which only adds to them. Any number of processes
/// may do it at the same time. Writes nothing when the schema is up to date, so a database that may only be read can be
/// followed; does nothing either when a newer program made it that says this one may go on with it. An index that is missing
/// after that is built here only where the table is small. Throws database_error, of kind `unsupported` for a schema that
/// this program does not understand.
void prepare_schema(session& session);

/// Which version the tables have; 0: there are none, and for what this program need not know of a newer one its own.
std::size_t schema_version(session& session);

/// The same without any index.
void migrate_schema(session& session);

/// Throws database_error of kind `unsupported` where the tables need a program that knows version `min_reader` of them, and
/// this one does not: somebody has upgraded them meanwhile.
void require_understood(session const& session, std::size_t min_reader);

/// Throws database_error of kind `moved` unless the database has the tables of a store.
void require_schema(session& session);

/// The newest version of the tables that brought something to those of rules: `ttp_decision`.
constexpr std::size_t version_of_rule_tables = 9;

/// Opens a store to read it (`database_access::read`). Throws database_error, of kind `moved` when it is no store, and of
/// kind `other` when its tables have not reached `version`.
session open_to_read(database_url const& url, std::size_t version, std::shared_ptr<call_watch> watch = {});

/// An index of a table that may be large.
struct large_index {
    std::string_view name;
    std::string_view table;
    std::string_view columns;
    std::string_view replaces = {}; ///< an index that it makes superfluous; empty: none
};

/// The indexes that are not there, or were not finished.
std::vector<large_index> missing_indexes(session& session);

/// Builds one, and removes the one that it replaces. Rows are inserted meanwhile on PostgreSQL and MariaDB; SQLite has one writer, and the others wait. May take
/// long: on a session without deadlines. Throws database_error, of kind `busy` when another process is building one; what
/// was begun is begun anew the next time.
void build_index(session& session, large_index const& index);

/// How many rows a table has, counted up to `limit`.
std::uint64_t count_rows(session& session, std::string_view table, std::uint64_t limit);

} // namespace rulehost
