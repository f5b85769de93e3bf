#include "cli/bench/bench.hpp"
#include "cli/bench/evaluate_report.hpp"
#include "cli/bench/figures.hpp"
#include "cli/bench/passes.hpp"
#include "cli/bench/rule_costs.hpp"
#include "cli/bench/sample.hpp"
#include "cli/data_output.hpp"
#include "cli/input_options.hpp"
#include "cli/program_directory.hpp"
#include "cli/terminal.hpp"
#include "cli/value_checks.hpp"
#include "time/monotonic_clock.hpp"

#include <rulehost/engine.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

struct bench_options {
    std::string rules = "rules";
    std::vector<std::string> inputs;
    event_format format = event_format::detect;
    unsigned repetitions = 7;
    std::size_t max_lines = 20'000;
    std::size_t threads = 1;
    std::size_t max_costs = 10;
    bool json = false;
};

/// The median of `what` over the repetitions.
template <typename What>
double median_of(std::vector<times> const& all, What what) {
    std::vector<double> values;
    for (auto const& one : all)
        values.push_back(what(one));
    return median(std::move(values));
}

exit_code measure(bench_options const& options) {
    sample const all(options.inputs, options.max_lines);
    evaluate_report made;
    made.lines = all.lines().size();
    made.threads = options.threads;

    auto const before = memory("VmRSS");
    rule_snapshot rules;
    engine host;
    made.read_seconds = nanoseconds_of(monotonic_nanoseconds, [&] { rules = read_snapshot(options.rules); }) / 1e9;
    auto const prepared = nanoseconds_of(monotonic_nanoseconds, [&] {
        host.replace(rules);
        event first;
        first.source_kind = first.source_id = first.attacker_uuid = "first";
        host.evaluate(first, bench_time);
    });
    made.first_evaluation_seconds = made.read_seconds + prepared / 1e9;
    made.rules = rules.rules.size();
    made.resident = memory("VmRSS");
    made.peak = memory("VmHWM");
    made.of_rules = std::max(made.resident - before, 0.0);

    progress_line progress;
    progress.show("compiling bare Vectorscan's databases for comparison");
    passes work(all, rules, host, options.threads, options.format);
    std::vector<times> measured;
    for (unsigned i = 0; i != options.repetitions; ++i) {
        progress.show("repetition " + std::to_string(i + 1) + " of " + std::to_string(options.repetitions));
        measured.push_back(measure_once(work));
    }
    progress.clear();
    made.bad_lines = work.bad_lines();
    made.refused = work.refused();
    made.events = work.events().size();
    made.tags = work.tags();
    made.bytes_per_event = static_cast<double>(all.bytes()) / static_cast<double>(made.events);
    made.middle.whole = median_of(measured, [](times const& t) { return t.whole; });
    made.middle.parse = median_of(measured, [](times const& t) { return t.parse; });
    made.middle.scan = median_of(measured, [](times const& t) { return t.scan; });
    made.middle.evaluate = median_of(measured, [](times const& t) { return t.evaluate; });
    made.events_per_second = 1e9 / made.middle.whole;
    made.whole_to_bare = median_of(measured, [](times const& t) { return t.whole / (t.parse + t.scan); });
    made.evaluate_to_scan = median_of(measured, [](times const& t) { return t.evaluate / t.scan; });
    if (options.threads > 1) {
        made.speedup = median_of(measured, [](times const& t) { return t.whole_by_the_clock / t.whole_on_threads; });
        made.speedup_apart = median_of(measured, [](times const& t) { return t.whole_by_the_clock / t.whole_apart; });
    }
    made.left_out_of_scan = work.left_out_of_scan();
    made.costs = costs_of(rules, work.events(), options.max_costs);

    data_output output;
    if (options.json || !is_terminal(stream::output))
        output.write(to_json(made));
    else
        output.write(to_text(made));
    output.flush();
    return exit_code::ok;
}

} // namespace

void add_bench_evaluate(CLI::App& bench, exit_code& result) {
    auto const options = std::make_shared<bench_options>();
    auto* const command =
        bench.add_subcommand("evaluate", "Measure the speed of rules on a log, and the rules that cost most");
    command->add_option("--rules", options->rules, "Directory of rule files")->capture_default_str();
    add_format_option(*command, options->format);
    add_programs_option(*command);
    command->add_option("FILE", options->inputs, "Files of events, one a line")->required();
    command->add_option("--lines", options->max_lines, "How many lines of the files are used")
        ->capture_default_str()
        ->transform(as_number(1u, 10'000'000u));
    command->add_option("--repetitions", options->repetitions, "Of each measurement; the median is reported")
        ->capture_default_str()
        ->transform(as_number(1u, 1000u));
    command->add_option("--threads", options->threads, "Also measure how several threads evaluate")
        ->capture_default_str()
        ->transform(as_number(1u, 256u));
    command->add_option("--top", options->max_costs, "Number of rules listed, the most expensive first")
        ->capture_default_str()
        ->transform(as_number(std::size_t{0}, std::size_t{1'000'000}));
    command->add_flag("--json", options->json, "JSON also on a terminal");
    command->footer("Example: rulehost bench evaluate --rules rules --format cowrie cowrie.json\n"
                    "Ratios are taken within one repetition, so that a busy machine spoils them least.");
    command->callback([options, &result] { result = measure(*options); });
}

} // namespace rulehost::cli
