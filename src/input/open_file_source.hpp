#pragma once

#include "input/event_source.hpp"
#include "input/file_source.hpp"

#include <memory>
#include <string>

namespace rulehost {

/// Whether `path` is, or may become, a file with positions rather than standard input or a pipe.
bool has_places(std::string const& path);

/// A `file_source`, or a `stream_source` for input without positions. Throws what they throw.
std::unique_ptr<event_source> open_file_source(boost::asio::any_io_executor executor, time_source& time,
                                               file_source_options options);

} // namespace rulehost
