#pragma once

namespace rulehost {

/// How a database is opened.
enum class database_access {
    create,   ///< its tables, and the file of SQLite, are made where they are missing
    existing, ///< a file of SQLite is there already, and is a store
    read,     ///< nothing is made, migrated or written; whoever tries to write is rejected by the database
};

} // namespace rulehost
