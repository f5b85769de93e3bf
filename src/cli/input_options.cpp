#include "cli/input_options.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

namespace rulehost::cli {

void add_format_option(CLI::App& command, event_format& format) {
    auto const choose = [&format](std::string const& name) {
        auto const chosen = event_format_from(name);
        if (!chosen)
            throw CLI::ValidationError("--format", "'" + name + "' is not one of detect, event, cowrie, text");
        format = *chosen;
    };
    command.add_option_function<std::string>("--format", choose, "How lines are understood: detect, event, cowrie, text")
        ->default_str(std::string{to_string(format)});
}

void report_finding(diagnostic const& finding) {
    std::cerr << to_text(finding) << std::flush;
}

std::function<void(ingest_summary const&)> input_progress(progress_line& line, time_source& time,
                                                          byte_stream const& input, std::uint64_t bytes_before) {
    auto const started = time.now();
    auto shown = started;
    return [&line, &time, &input, bytes_before, started, shown](ingest_summary const& summary) mutable {
        auto const now = time.now();
        if (now - shown < std::chrono::milliseconds{200})
            return;
        shown = now;
        auto const seconds = std::chrono::duration<double>(now - started).count();
        std::string text = std::to_string(summary.events) + " events, " + std::to_string(summary.tags) + " tags, "
            + std::to_string(static_cast<std::uint64_t>(static_cast<double>(summary.events) / seconds)) + " events/s";
        if (auto const size = input.size(); size && *size > 0)
            text += ", " + std::to_string((summary.bytes - bytes_before) * 100 / *size) + " %";
        line.show(text);
    };
}

} // namespace rulehost::cli
