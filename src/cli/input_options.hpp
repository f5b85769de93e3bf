#pragma once

#include "cli/terminal.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/time_point.hpp>
#include <rulehost/time_source.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace CLI {
class App;
}

namespace rulehost::cli {

/// The names of all formats, as a person reads them. Null: with the shipped adapters.
std::string format_list(std::shared_ptr<adapter_table const> adapters);

/// `--format`, or another `option`, and `--adapters`: how the lines of an input are understood. `format` outlives the
/// command.
void add_format_option(CLI::App& command, event_format& format, std::string const& option = "--format");

/// `--confidence-floor`, between 0 and 1. `floor` outlives the command.
void add_floor_option(CLI::App& command, double& floor);

/// Prints a finding about a rule on standard error.
void report_finding(diagnostic const& finding);

/// The size of the files at these paths; empty if one is not a file.
std::optional<std::uint64_t> bytes_of(std::span<std::string const> inputs);

/// A `host_options::progress` that shows events, tags, their rate, and the share of
/// `bytes` that was read. The references outlive it.
std::function<void()> input_progress(progress_line& line, time_source& time, std::function<host_statistics()> counts,
                                     std::optional<std::uint64_t> bytes = {});

/// Parses the instant of `option`. Throws std::invalid_argument if it is malformed, or has no zone: a time of day
/// without one is UTC to some and local to others.
time_point zoned_time(std::string const& option, std::string const& text);

} // namespace rulehost::cli
