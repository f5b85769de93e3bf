#pragma once

#include "sql/session/database_url.hpp"
#include "sql/session/session.hpp"

#include <soci/soci.h>

namespace rulehost {

/// Time that a writer waits for another one: longer than a backup or a checkpoint holds a lock, shorter than an
/// operator's patience.
inline constexpr int lock_wait_seconds = 20;

/// SOCI's connection parameters. Creates a new file of SQLite, for its owner alone, if requested. Throws
/// database_error.
soci::connection_parameters connection_parameters(database_url const& url, session_options const& options);

} // namespace rulehost
