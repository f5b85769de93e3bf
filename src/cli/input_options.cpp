#include "cli/input_options.hpp"

#include "cli/adapter_directory.hpp"
#include "cli/value_checks.hpp"
#include "text/joined.hpp"
#include "yaml/nearest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace rulehost::cli {

std::string format_list(std::shared_ptr<adapter_table const> adapters) {
    return joined(event_format_names(std::move(adapters)), ", ");
}

void add_format_option(CLI::App& command, event_format& format, std::string const& option) {
    // CLI11 reads it before --format, since it was added first.
    auto const add_adapters = [&format](std::string const& directory) {
        std::vector<diagnostic> found;
        auto table = read_adapter_directory(directory, found);
        std::ranges::for_each(found, report_finding);
        if (has_errors(found))
            throw CLI::ValidationError("--adapters", "the adapters have errors");
        format = event_format_from(format.name(), std::move(table)).value();
    };
    command.add_option_function<std::string>("--adapters", add_adapters,
                                             "Directory of further adapters (docs/events.md)");
    auto const choose = [&format, option](std::string const& name) {
        auto const chosen = event_format_from(name, format.adapters());
        if (!chosen) {
            auto const names = event_format_names(format.adapters());
            auto const meant = nearest(name, {names.begin(), names.end()});
            throw CLI::ValidationError(option,
                                       meant.empty() ? "'" + name + "' is not one of " + format_list(format.adapters())
                                                     : "there is no '" + name + "'; did you mean '" + meant + "'?");
        }
        format = *chosen;
    };
    command.add_option_function<std::string>(option, choose, "How lines are understood: " + format_list(nullptr))
        ->default_str(format.name());
}

void add_floor_option(CLI::App& command, double& floor) {
    command
        .add_option("--confidence-floor", floor, "The least confidence of a tag; 0.7 for a server that people work on")
        ->check(is_confidence())
        ->capture_default_str();
}

void report_finding(diagnostic const& finding) {
    std::cerr << to_text(finding) << std::flush;
}

std::optional<std::uint64_t> bytes_of(std::span<std::string const> inputs) {
    std::uint64_t total = 0;
    for (auto const& each : inputs) {
        std::error_code unknown;
        total += std::filesystem::file_size(each, unknown);
        if (unknown)
            return {};
    }
    return total;
}

std::function<void()> input_progress(progress_line& line, time_source& time, std::function<host_statistics()> counts,
                                     std::optional<std::uint64_t> bytes) {
    auto const started = time.now();
    auto shown = started;
    return [&line, &time, counts = std::move(counts), bytes, started, shown]() mutable {
        auto const now = time.now();
        if (now - shown < std::chrono::milliseconds{200})
            return;
        shown = now;
        input_statistics all;
        for (auto const& each : counts().inputs) {
            all.events += each.events;
            all.tags += each.tags;
            all.bytes += each.bytes;
        }
        auto const seconds = std::chrono::duration<double>(now - started).count();
        auto text = std::to_string(all.events) + " events, " + std::to_string(all.tags) + " tags, " +
            std::to_string(static_cast<std::uint64_t>(static_cast<double>(all.events) / seconds)) + " events/s";
        if (bytes && *bytes > 0)
            text += ", " + std::to_string(all.bytes * 100 / *bytes) + " %";
        line.show(text);
    };
}

time_point zoned_time(std::string const& option, std::string const& text) {
    auto const at = parse_time(text);
    if (!at)
        throw std::invalid_argument(option + ": takes a time such as 2026-12-01T10:00Z, not '" + text + "'");
    auto const after_date = text.find_first_of("Tt ");
    if (text.find_first_of("Zz+-", after_date) == text.npos)
        throw std::invalid_argument(option + ": '" + text + "' names no zone; write " + text + "Z for UTC, or " + text +
                                    "+02:00 for local time that is two hours ahead of it");
    return *at;
}

} // namespace rulehost::cli
