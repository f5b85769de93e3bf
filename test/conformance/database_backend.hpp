#pragma once

#include "conformance/backend.hpp"

#include "sql/session/database_url.hpp"

namespace rulehost::test {

/// A database_rule_store on a fresh database. Authors write with plain SQL, as with psql; database calls run on the
/// loop, so that everything is on virtual time.
backend_kind database_backend(database_kind kind);

} // namespace rulehost::test
