#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rulehost {

enum class database_kind { sqlite, postgresql, mysql };

/// A validated database URL. A value.
struct database_url {
    database_kind kind = database_kind::sqlite;
    std::string path;       ///< of the SQLite file; `:memory:` for none
    std::string host;       ///< from here on only of a server
    std::uint16_t port = 0; ///< 0: the Unix socket of MariaDB on this machine
    std::string user;
    std::string password;
    std::string database;
    std::string tls; ///< `sslmode` (PostgreSQL) or the file of `sslca` (MariaDB); empty: the client's default

    bool in_memory() const { return kind == database_kind::sqlite && path == ":memory:"; }
    /// The URL without its password, for messages.
    std::string display() const;
};

/// Reads `sqlite:PATH`, `sqlite::memory:`, `postgresql://user:pw@host:port/db[?sslmode=...]` and
/// `mariadb://user:pw@host:port/db[?sslca=FILE]` (or `mysql://`); percent-encoding is decoded. MariaDB at
/// `localhost` without a port is reached by its Unix socket. Throws std::invalid_argument with the reason; the message
/// never holds the password.
database_url parse_database_url(std::string_view text);

} // namespace rulehost
