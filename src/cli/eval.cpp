#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/terminal.hpp"
#include "host/byte_stream.hpp"
#include "host/ingest.hpp"
#include "host/ndjson_tag_sink.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_tests.hpp>
#include <rulehost/time_source.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct eval_options {
    std::string rules = "rules";
    std::vector<std::string> inputs;
    event_format format = event_format::detect;
    std::string now;
};

/// A clock that stands still, so that the same input gives the same output.
class fixed_time final : public time_source {
public:
    explicit fixed_time(time_point now) : now_(now) {}
    time_point now() const override { return now_; }
    asio::awaitable<void> sleep_until(time_point) override { co_return; }

private:
    time_point now_;
};

/// `clock` is what tags and expiries go by; `time` is that of the inputs.
asio::awaitable<void> evaluate_inputs(asio::io_context& loop, time_source& time, time_source& clock,
                                      eval_options const& options, ingest_summary& summary) {
    filesystem_store_options from;
    from.directory = options.rules;
    from.admit = run_rule_tests;
    from.report = report_finding;
    filesystem_rule_store store(loop.get_executor(), time, from);
    engine rules;
    rules.replace(co_await store.load_compiled());

    auto output = byte_stream::writing(loop.get_executor(), time);
    ndjson_tag_sink printed(output);
    progress_line line;
    for (auto const& path : options.inputs) {
        auto input = byte_stream::reading(loop.get_executor(), time, path, byte_stream::at_end::stop);
        event_reader reader(options.format);
        auto const before = summary.bytes;
        ingest_pipeline pipeline{rules, clock, {&printed}, {}};
        if (line.is_shown())
            pipeline.progress = input_progress(line, time, input, before);
        co_await ingest(input, reader, pipeline, summary);
    }
}

exit_code evaluate(eval_options const& options) {
    asio::io_context loop{1};
    system_time_source time;
    std::optional<fixed_time> fixed;
    if (!options.now.empty()) {
        auto const now = parse_time(options.now);
        if (!now) {
            complain("--now takes a time such as 2026-12-01T10:00Z, not '" + options.now + "'");
            return exit_code::usage;
        }
        fixed.emplace(*now);
    }
    time_source& clock = fixed ? static_cast<time_source&>(*fixed) : time;
    ingest_summary summary;
    std::exception_ptr problem;
    asio::co_spawn(loop, evaluate_inputs(loop, time, clock, options, summary), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    std::cerr << to_text(summary);
    if (problem)
        std::rethrow_exception(problem);
    return exit_code::ok;
}

} // namespace

void add_eval(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<eval_options>();
    auto* const command = program.add_subcommand("eval", "Print the tags of files of events; keeps nothing");
    command->add_option("--rules", options->rules, "Directory of rule files")->capture_default_str();
    add_format_option(*command, options->format);
    command->add_option("FILE", options->inputs, "Files of events, one a line; - is standard input")->required();
    command->add_option("--now", options->now, "The present, for output that can be repeated: 2026-12-01T10:00Z");
    command->footer("Example: rulehost eval --rules rules --format cowrie cowrie.json > tags.ndjson");
    command->callback([options, &result] { result = evaluate(*options); });
}

} // namespace rulehost::cli
