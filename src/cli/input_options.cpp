#include "cli/input_options.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <string>

namespace rulehost::cli {

void add_format_option(CLI::App& command, event_format& format) {
    std::map<std::string, event_format> names;
    for (auto const each : {event_format::detect, event_format::event, event_format::cowrie, event_format::text})
        names.emplace(to_string(each), each);
    command.add_option("--format", format, "How lines are understood: detect, event, cowrie, text")
        ->transform(CLI::CheckedTransformer(names).description(""))
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
