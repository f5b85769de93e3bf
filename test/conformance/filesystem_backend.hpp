#pragma once

#include "conformance/backend.hpp"

namespace rulehost::test {

/// A filesystem_rule_store with a state file, without inotify: a test triggers each scan.
backend_kind filesystem_backend();

} // namespace rulehost::test
