#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace rulehost {

/// Throws std::system_error of `errno`, or of `error`. `what` is the file, or what failed.
[[noreturn]] inline void throw_errno(std::string const& what, int error = errno) {
    throw std::system_error(error, std::generic_category(), what);
}

} // namespace rulehost
