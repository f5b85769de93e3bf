#pragma once

#include "sql/session.hpp"

namespace rulehost {

/// Creates the tables, or brings them from an older version to this one. Any number of processes may do it at the
/// same time. Writes nothing when the schema is up to date, so a database that may only be read can be followed.
/// Throws database_error, also for a schema that a newer rulehost made.
void prepare_schema(session& session);

} // namespace rulehost
