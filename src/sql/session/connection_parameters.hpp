#pragma once

#include "sql/session/database_url.hpp"
#include "sql/session/session.hpp"

#include <soci/soci.h>

namespace rulehost {

/// How long a writer waits for another one. Longer than a backup or a checkpoint holds a lock, shorter than an operator's
/// patience.
inline constexpr int lock_wait_seconds = 20;

/// Parameters with which SOCI connects. Creates a file of SQLite that is to be created, for its owner alone. Throws database_error.
soci::connection_parameters connection_parameters(database_url const& url, session_options const& options);

} // namespace rulehost
