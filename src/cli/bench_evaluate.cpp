#include "cli/bench.hpp"
#include "cli/data_output.hpp"
#include "cli/input_options.hpp"
#include "cli/rule_sources.hpp"
#include "cli/terminal.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace rulehost::cli {

namespace {

struct bench_options {
    std::string rules = "rules";
    std::vector<std::string> inputs;
    event_format format = event_format::detect;
    unsigned repetitions = 5;
    bool json = false;
};

std::vector<std::string> read_lines(std::vector<std::string> const& paths) {
    std::vector<std::string> lines;
    for (auto const& path : paths) {
        std::ifstream file(path);
        if (!file)
            throw std::runtime_error(path + ": cannot be read");
        for (std::string line; std::getline(file, line);)
            lines.push_back(line);
        if (file.bad())
            throw std::runtime_error(path + ": cannot be read");
    }
    return lines;
}

rule_snapshot read_snapshot(std::string const& path) {
    rule_snapshot snapshot;
    snapshot.revision = 1;
    for (auto const& document : read_rule_sources({path}))
        if (document.definition)
            snapshot.rules.push_back(std::make_shared<compiled_rule>(document.definition, rule_state{}));
    std::ranges::stable_sort(snapshot.rules, {}, [](auto const& rule) { return rule->definition().rule_id; });
    auto const doubles = std::ranges::unique(snapshot.rules, {}, [](auto const& rule) { return rule->definition().rule_id; });
    snapshot.rules.erase(doubles.begin(), doubles.end());
    return snapshot;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

exit_code measure(bench_options const& options) {
    auto const lines = read_lines(options.inputs);
    engine rules;
    rules.replace(read_snapshot(options.rules));
    time_point const now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

    std::vector<double> rates;
    std::uint64_t events = 0;
    std::uint64_t tags = 0;
    evaluation result;
    for (unsigned i = 0; i != options.repetitions; ++i) {
        event_reader reader(options.format);
        events = tags = 0;
        auto const start = std::chrono::steady_clock::now();
        for (auto const& line : lines)
            if (auto const read = reader.read(line, now))
                for (auto const& each : *read) {
                    rules.evaluate(each, now, result);
                    ++events;
                    tags += result.tags.size();
                }
        rates.push_back(static_cast<double>(events) / seconds_since(start));
    }
    std::ranges::nth_element(rates, rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2));
    data_output output;
    output.write(boost::json::object{{"rules", rules.rules().size()},
                                     {"events", events},
                                     {"tags", tags},
                                     {"events_per_second", rates[rates.size() / 2]}});
    output.flush();
    return exit_code::ok;
}

} // namespace

void add_bench_evaluate(CLI::App& bench, exit_code& result) {
    auto const options = std::make_shared<bench_options>();
    auto* const command = bench.add_subcommand("evaluate", "How fast are these rules on this log");
    command->add_option("--rules", options->rules, "Directory of rule files")->capture_default_str();
    add_format_option(*command, options->format);
    command->add_option("FILE", options->inputs, "Files of events, one a line")->required();
    command->add_option("--repetitions", options->repetitions, "Of each measurement; the median is told")
        ->capture_default_str()
        ->check(CLI::Range(1u, 1000u));
    command->callback([options, &result] { result = measure(*options); });
}

} // namespace rulehost::cli
