#include "cli/commands.hpp"
#include "cli/fixed_time.hpp"
#include "cli/input_advice.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/program_directory.hpp"
#include "cli/remembered_source.hpp"
#include "cli/store/moment.hpp"
#include "cli/terminal.hpp"
#include "delivery/ndjson_tag_sink.hpp"
#include "delivery/tag_writer.hpp"
#include "file/byte_stream.hpp"
#include "host/input_pipeline.hpp"
#include "host/parallel_evaluator.hpp"
#include "input/open_file_source.hpp"
#include "store/database/past_rules.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/rule_tests.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct eval_options {
    std::string rules = "rules";
    std::string store; ///< its rules and decisions count instead of the directory's; empty: none
    moment_options when;
    std::vector<std::string> inputs;
    event_format format = event_format::detect;
    std::string now;
    engine_options evaluation;
};

/// The pipeline of the service, without a store and without live changes.
class evaluation_of_inputs {
public:
    /// `clock` is the time of tags and expiries; `time` is that of the inputs.
    /// `rules`: of a store; null: those of the directory.
    evaluation_of_inputs(asio::io_context& loop, time_source& time, time_source& clock, rule_snapshot const* rules,
                         eval_options const& options)
        : loop_(loop),
          time_(time),
          snapshot_(rules),
          options_(options),
          output_(byte_stream::writing(loop.get_executor())),
          printed_(output_),
          rules_(options.evaluation),
          writer_(loop.get_executor(), loop.get_executor(), time, only_printing()),
          evaluator_(rules_, 1, clock),
          parts_{evaluator_, clock, writer_, counts_, {}, {}},
          tasks_(loop.get_executor()) {
        counts_.inputs.resize(options.inputs.size());
    }

    asio::awaitable<void> run() {
        if (snapshot_) {
            replace_rules(*snapshot_, "the store");
        } else {
            filesystem_store_options from;
            from.directory = options_.rules;
            from.admit = run_rule_tests;
            from.report = report_finding;
            filesystem_rule_store store(loop_.get_executor(), time_, from);
            auto const snapshot = co_await store.load_compiled();
            replace_rules(snapshot, options_.rules);
        }
        tasks_.spawn("tag writer", writer_.run());
        tasks_.spawn("inputs", read_inputs());
        co_await tasks_.join();
    }

    host_statistics const& counts() const { return counts_; }
    /// Advice for each input without any event.
    std::vector<std::string> const& advice() const { return advice_; }

private:
    void replace_rules(rule_snapshot const& by, std::string const& from) {
        if (by.rules.empty())
            std::cerr << "rulehost: warning: " << escape_for_terminal(from)
                      << " holds no rule that can be evaluated: there will be no tags\n";
        rules_.replace(by);
    }

    tag_writer_options only_printing() {
        tag_writer_options options;
        options.printed = &printed_;
        return options;
    }

    asio::awaitable<void> read_inputs() {
        progress_line line;
        for (std::size_t i = 0; i < options_.inputs.size(); ++i) {
            file_source_options from;
            from.path = options_.inputs[i];
            from.at_end = file_source_options::end::stop;
            auto const source =
                std::make_shared<remembered_source>(open_file_source(loop_.get_executor(), time_, std::move(from)));
            if (line.is_shown())
                parts_.progress = input_progress(
                    line, time_, [this] { return counts_; }, bytes_of(std::span(options_.inputs).first(i + 1)));
            input_pipeline pipeline(parts_, source, options_.format, counts_.inputs[i]);
            std::exception_ptr problem;
            try {
                co_await pipeline.run();
            } catch (...) {
                problem = std::current_exception();
            }
            co_await writer_.drain(); // prints everything that was read before an input failed
            if (problem)
                std::rethrow_exception(problem);
            if (auto const& result = counts_.inputs[i]; result.events == 0 && result.rejected > 0)
                advice_.push_back(input_advice(options_.inputs[i], source->first_line(), options_.format, "eval -"));
        }
        tasks_.cancel();
    }

    asio::io_context& loop_;
    time_source& time_;
    rule_snapshot const* snapshot_;
    eval_options const& options_;
    byte_stream output_;
    ndjson_tag_sink printed_;
    engine rules_;
    host_statistics counts_;
    std::vector<std::string> advice_;
    tag_writer writer_;
    parallel_evaluator evaluator_;
    pipeline_parts parts_;
    task_group tasks_;
};

exit_code evaluate(eval_options const& options) {
    asio::io_context loop{1};
    system_time_source time;
    std::optional<fixed_time> fixed;
    if (!options.now.empty())
        fixed.emplace(zoned_time("--now", options.now));
    std::optional<rule_snapshot> rules;
    auto is_doubtful = false;
    if (!options.store.empty())
        read_past(options.store, options.when, [&](rule_history const& history, store_moment when) {
            auto past = history.contents(when.revision);
            is_doubtful = warn_of_doubts(past);
            rules = rules_of(history, std::move(past), run_rule_tests, when.time);
            if (!fixed && options.when.is_given())
                fixed.emplace(when.time);
        });
    time_source& clock = fixed ? static_cast<time_source&>(*fixed) : time;
    evaluation_of_inputs whole(loop, time, clock, rules ? &*rules : nullptr, options);
    std::exception_ptr problem;
    asio::co_spawn(loop, whole.run(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    if (!problem || !is_empty(whole.counts()))
        std::cerr << to_text(whole.counts());
    if (problem)
        std::rethrow_exception(problem);
    for (auto const& each : whole.advice())
        complain(each);
    return whole.advice().empty() && !is_doubtful ? exit_code::ok : exit_code::findings;
}

} // namespace

void add_eval(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<eval_options>();
    auto* const command = program.add_subcommand("eval", "Print the tags of files of events; stores nothing");
    auto* const directory =
        command->add_option("--rules", options->rules, "Directory of rule files")->capture_default_str();
    // Ignores RULEHOST_STORE without a moment: here the directory is the default.
    add_store_option(*command, options->store)->envname("")->excludes(directory);
    add_moment_options(*command, options->when);
    add_format_option(*command, options->format);
    add_programs_option(*command);
    add_floor_option(*command, options->evaluation.confidence_floor);
    command->add_option("FILE", options->inputs, "Files of events, one a line; - is standard input")->required();
    command->add_option("--now", options->now, "The present, for output that can be repeated: 2026-12-01T10:00Z");
    command->footer("Ends with 1 when no line of an input was an event, or the history does not tell every rule of the "
                    "moment.\n"
                    "With --store the rules and decisions of a store count, with --at those of that moment, which is "
                    "the present then;\n"
                    "RULEHOST_STORE names the store only with --at or --revision.\n"
                    "Example: rulehost eval --rules rules --format cowrie cowrie.json > tags.ndjson\n"
                    "         rulehost eval --store sqlite:var/rulehost.db --at 2026-12-01T10:00Z cowrie.json");
    command->callback([options, directory, &result] {
        auto const* const of_others = std::getenv("RULEHOST_STORE");
        if (options->when.is_given() && options->store.empty() && directory->count() == 0 && of_others)
            options->store = of_others;
        require_store(options->when, options->store);
        result = evaluate(*options);
    });
}

} // namespace rulehost::cli
