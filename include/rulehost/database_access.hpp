#pragma once

namespace rulehost {

/// How a database is opened.
enum class database_access {
    create,   ///< creates missing tables, and a missing SQLite file
    existing, ///< an SQLite file must exist and be a store
    read,     ///< creates, migrates and writes nothing; the database rejects writes
};

} // namespace rulehost
