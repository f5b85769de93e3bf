#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

struct finished_process {
    int code = 0; ///< its exit code, or 128 and the number of the signal that ended it
    std::string output;
    std::string errors; ///< at most 4 KiB of its standard error; any bytes
};

/// Runs a program, which is found by PATH, with these words and without a shell, and waits for its end. `input` is its
/// standard input; `settings` (`NAME=VALUE`) stand in its environment beside this program's own. Blocking. Throws
/// std::system_error when it cannot be started, std::runtime_error when it prints more than `max_output` bytes.
finished_process run_program(std::vector<std::string> words, std::string_view input, std::size_t max_output,
                             std::vector<std::string> settings = {});

} // namespace rulehost::cli
