#pragma once

#include <exception>
#include <new>
#include <string>

namespace rulehost {

/// The reason of a failure, for a person.
inline std::string failure_reason(std::exception const& error) {
    return dynamic_cast<std::bad_alloc const*>(&error) ? "out of memory" : error.what();
}

} // namespace rulehost
