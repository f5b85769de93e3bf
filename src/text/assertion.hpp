#pragma once

#include <cstdio>
#include <cstdlib>

namespace rulehost {

/// Prints a failed assertion to standard error and aborts. Async-signal-unsafe; called from any thread.
[[noreturn]] inline void assertion_failed(char const* condition, char const* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    std::abort();
}

} // namespace rulehost

/// Aborts if `condition` is false, in every build including NDEBUG, so that the tests run the shipped code. For
/// impossible states, never for input; the condition must be cheap.
#define RULEHOST_ASSERT(condition)                                                                                     \
    ((condition) ? static_cast<void>(0) : ::rulehost::assertion_failed(#condition, __FILE__, __LINE__))
