#pragma once

#include "conformance/backend.hpp"

namespace rulehost::test {

/// A filesystem_rule_store with a state file. Without inotify: a test says when to look.
backend_kind filesystem_backend();

} // namespace rulehost::test
