#pragma once

#include "sql/session/session.hpp"

#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <string>

namespace rulehost {

/// The kind of a database's error.
database_error::kind kind_of(soci::sqlite3_soci_error const& error);
database_error::kind kind_of(soci::postgresql_soci_error const& error);
database_error::kind kind_of(soci::mysql_soci_error const& error);

/// Joins the lines of a server's message for a log: `a` and an indented `b` become `a; b`. Without SOCI's words before
/// it, and without libpq's question whether the server is running.
std::string one_line(std::string const& text);

} // namespace rulehost
