#pragma once

#include "cli/terminal.hpp"
#include "host/byte_stream.hpp"
#include "host/ingest.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/event_reader.hpp>

#include <functional>

namespace CLI {
class App;
}

namespace rulehost::cli {

/// `--format`: how the lines of an input are understood.
void add_format_option(CLI::App& command, event_format& format);

/// Prints a finding about a rule on standard error.
void report_finding(diagnostic const& finding);

/// An `ingest_pipeline::progress` that shows events, rate and the share of a file that is read. The references
/// outlive it. `bytes_before` of the summary belong to earlier inputs.
std::function<void(ingest_summary const&)> input_progress(progress_line& line, time_source& time,
                                                          byte_stream const& input, std::uint64_t bytes_before);

} // namespace rulehost::cli
