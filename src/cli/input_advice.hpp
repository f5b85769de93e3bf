#pragma once

#include <rulehost/event_reader.hpp>

#include <string>

namespace rulehost::cli {

/// Advice on an input, a path or `-`, without any event. `first_line` is at least its beginning, or empty where that is
/// unknown; `command` reads events from standard input, as `eval -` does; `option`
/// chooses its format.
std::string input_advice(std::string const& input, std::string const& first_line, event_format const& format,
                         std::string const& command, std::string const& option = "--format");

} // namespace rulehost::cli
