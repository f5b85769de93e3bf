#pragma once

#include <exception>
#include <filesystem>
#include <new>
#include <string>

namespace rulehost {

/// The reason of a failure, for a person.
inline std::string failure_reason(std::exception const& error) {
    // what() would begin with the name of a function and hold the path in brackets.
    if (auto const* const file = dynamic_cast<std::filesystem::filesystem_error const*>(&error);
        file && !file->path1().empty())
        return file->path1().string() + ": " + file->code().message();
    return dynamic_cast<std::bad_alloc const*>(&error) ? "out of memory" : error.what();
}

} // namespace rulehost
