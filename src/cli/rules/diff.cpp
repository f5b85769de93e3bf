#include "async/thread_team.hpp"
#include "cli/choice_option.hpp"
#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/fixed_time.hpp"
#include "cli/input_advice.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/program_directory.hpp"
#include "cli/remembered_source.hpp"
#include "cli/rules/git_rules.hpp"
#include "cli/store/moment.hpp"
#include "cli/terminal.hpp"
#include "cli/value_checks.hpp"
#include "directory/rule_corpus.hpp"
#include "event/typed_text.hpp"
#include "host/parallel_evaluator.hpp"
#include "input/open_file_source.hpp"
#include "report/difference_text.hpp"
#include "report/navigator_layer.hpp"
#include "store/database/past_rules.hpp"
#include "text/number.hpp"
#include "text/plural.hpp"
#include "text/utf8.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/rule_tests.hpp>
#include <rulehost/time_source.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_typed = 200; // bytes of a line

enum class form { text, json, markdown, navigator };

struct diff_options {
    std::string before;
    std::string after;
    std::string store; ///< of `store@REVISION`
    std::vector<std::string> inputs;
    event_format format = event_format::detect;
    engine_options evaluation;
    form output = form::text;
    std::size_t max_lines = 10;
};

constexpr std::string_view in_store = "store@";
constexpr auto input_format_option = "--input-format"; // --format is that of the result

/// The rules and decisions of a store at a revision, or `now`.
rule_snapshot read_stored_rules(std::string const& name, std::string const& store) {
    moment_options when;
    if (auto const revision = name.substr(in_store.size()); revision != "now") {
        auto const number = parse_number<std::int64_t>(revision);
        if (!number || *number < 0)
            throw std::invalid_argument("takes store@42 or store@now, not '" + name + "'");
        when.revision = revision;
    }
    if (store.empty())
        throw std::invalid_argument("takes " + name + " only with --store URL");
    rule_snapshot rules;
    read_past(store, when, [&](rule_history const& history, store_moment moment) {
        auto past = history.contents(moment.revision);
        warn_of_doubts(past);
        rules = rules_of(history, std::move(past), run_rule_tests, moment.time);
    });
    return rules;
}

rule_snapshot read_files_of_rules(std::string const& name) {
    auto const files = names_git_revision(name) ? read_git_rules(name)
                                                : rule_directory(name).scan(rule_directory::reading::everything);
    rule_corpus corpus(name, run_rule_tests);
    std::ranges::for_each(corpus.update(files).findings, report_finding);
    auto snapshot = corpus.snapshot();
    snapshot.revision = 1;
    return snapshot;
}

/// The texts in a set of rules that are not evaluated, each from a file or a row.
std::vector<left_out_rule> left_out_of(rule_snapshot const& rules, std::string const& name) {
    auto const below = (std::filesystem::path(name) / "").string();
    std::set<std::string_view> live;
    for (auto const& each : rules.rules)
        live.insert(each->definition().rule_id);
    std::vector<left_out_rule> all;
    for (auto const& each : rules.quarantine) {
        if (each.path.starts_with("ttp_rule_state:"))
            continue; // a malformed decision, not a text
        auto const has_code = [&](std::string_view code) {
            return std::ranges::any_of(each.diagnostics, [&](auto const& found) { return found.code == code; });
        };
        // Another text of the rule is live, and it is not an older version of this one.
        auto const is_rival = live.contains(each.rule_id) && !each.last_known_good;
        std::string why = is_rival         ? "claims " + escape_for_terminal(each.rule_id) + " again"
            : has_code("rule-test-failed") ? "fails its tests"
            : has_code("unreadable")       ? "unreadable"
                                           : "has errors";
        if (each.last_known_good)
            why += ", an older text counts";
        auto const path = each.path.starts_with(below) ? each.path.substr(below.size()) : each.path;
        all.push_back({each.rule_id.empty() || is_rival ? path : each.rule_id, std::move(why)});
    }
    return all;
}

/// `argument` names the set on the command line.
rule_snapshot read_rules(std::string const& argument, std::string const& name, std::string const& store) {
    rule_snapshot snapshot;
    try {
        snapshot = name.starts_with(in_store) ? read_stored_rules(name, store) : read_files_of_rules(name);
    } catch (std::invalid_argument const& malformed) {
        throw std::invalid_argument(argument + ": " + malformed.what());
    }
    if (snapshot.rules.empty())
        std::cerr << "rulehost: warning: " << escape_for_terminal(name) << " holds no rule that can be evaluated\n";
    return snapshot;
}

/// An engine with one of the two sets of rules.
class side {
public:
    side(rule_snapshot const& snapshot, engine_options const& options, time_source const& time)
        : rules_(options), evaluator_(rules_, thread_team::members_of_this_machine(), time) {
        rules_.replace(snapshot);
    }

    /// Sets the input of the following lines.
    void begin(event_source const& input, event_format const& format) {
        readers_.clear();
        line_readers_.clear();
        for (std::size_t i = 0; i < evaluator_.threads(); ++i) {
            auto& reader = *readers_.emplace_back(std::make_unique<event_reader>(format));
            line_readers_.emplace_back(
                [&reader, &name = input.identity()](event_batch::line const& line, time_point arrived) {
                    return reader.read(
                        line.text, arrived,
                        {.topic = line.topic, .input = name, .sequence = line.sequence, .truncated = line.truncated});
                });
        }
    }

    /// The text that was typed in the event of a tag of this batch: from the evidence, else from the event.
    std::string typed(event_batch const& batch, tag const& of) {
        if (auto in_evidence = typed_text(of, max_typed); !in_evidence.empty())
            return in_evidence;
        auto const line = std::ranges::find(batch.lines, of.line, &event_batch::line::number);
        if (line == batch.lines.end())
            return {};
        auto const read = line_readers_.front()(*line, {});
        if (!read)
            return {};
        for (auto const& each : *read) {
            auto const* const field = each.payload.if_contains(default_field(each.source_kind));
            if (each.source_id == of.source_id && field && field->is_string())
                return shortened(field->get_string(), max_typed);
        }
        return {};
    }

    /// Valid until the next call.
    evaluated_lines const& evaluate(event_batch const& batch, std::string const& input) {
        result_.clear();
        for (std::size_t at = 0; at != batch.lines.size();)
            at = evaluator_.evaluate(batch.lines, at, line_readers_, result_);
        for (auto& each : result_.tags)
            each.input = input;
        return result_;
    }

private:
    engine rules_;
    parallel_evaluator evaluator_;
    std::vector<std::unique_ptr<event_reader>> readers_; ///< one for each thread
    std::vector<parallel_evaluator::line_reader> line_readers_;
    evaluated_lines result_;
};

class difference_of_inputs {
public:
    /// `clock` is the time of events without one, the same for both sides.
    difference_of_inputs(asio::io_context& loop, time_source& time, time_source const& clock,
                         diff_options const& options)
        : loop_(loop), time_(time), options_(options), result_{{}, {}, 0, 0, tag_differences(options.max_lines)} {
        auto const make = [&](std::string const& argument, std::string const& name, compared_rules& summary,
                              std::optional<side>& into) {
            auto const snapshot = read_rules(argument, name, options.store);
            summary = {name, snapshot.rules.size(), left_out_of(snapshot, name)};
            into.emplace(snapshot, options.evaluation, clock);
        };
        make("OLD", options.before, result_.before, before_);
        make("NEW", options.after, result_.after, after_);
        counts_.inputs.resize(options.inputs.size());
    }

    asio::awaitable<void> run() {
        progress_line line;
        for (std::size_t i = 0; i < options_.inputs.size(); ++i) {
            std::function<void()> progress;
            if (line.is_shown())
                progress = input_progress(
                    line, time_, [this] { return counts_; }, bytes_of(std::span(options_.inputs).first(i + 1)));
            co_await read(options_.inputs[i], counts_.inputs[i], progress);
        }
    }

    rule_comparison const& result() const { return result_; }
    /// Advice for each input without any event.
    std::vector<std::string> const& advice() const { return advice_; }
    /// The first rejected line and the reason; empty: there is none.
    std::string const& first_rejected() const { return first_rejected_; }

private:
    asio::awaitable<void> read(std::string const& path, input_statistics& counts,
                               std::function<void()> const& progress) {
        file_source_options from;
        from.path = path;
        from.at_end = file_source_options::end::stop;
        remembered_source source(open_file_source(loop_.get_executor(), time_, std::move(from)));
        before_->begin(source, options_.format);
        after_->begin(source, options_.format);
        for (;;) {
            auto const batch = co_await source.next();
            if (!batch)
                break;
            compare(*batch, source.name(), counts);
            source.acknowledge(batch->number);
            if (progress)
                progress();
        }
        if (counts.events == 0 && counts.rejected > 0)
            advice_.push_back(
                input_advice(path, source.first_line(), options_.format, "diff OLD NEW -", input_format_option));
    }

    void compare(event_batch const& batch, std::string const& input, input_statistics& counts) {
        auto const& old_lines = before_->evaluate(batch, input);
        auto const& new_lines = after_->evaluate(batch, input);
        auto const typed = [&](tag const& of) { return after_->typed(batch, of); };
        result_.differences.compare(old_lines.tags, new_lines.tags, typed);
        counts.bytes += batch.bytes;
        counts.events += new_lines.events;
        counts.tags += new_lines.tags.size();
        counts.rejected += new_lines.rejected.size();
        result_.events += new_lines.events;
        result_.rejected += new_lines.rejected.size();
        if (first_rejected_.empty() && !new_lines.rejected.empty()) {
            auto const& first = new_lines.rejected.front();
            first_rejected_ = input + ':' + std::to_string(batch.lines[first.index].number) + ": " + first.reason;
        }
    }

    asio::io_context& loop_;
    time_source& time_;
    diff_options const& options_;
    std::optional<side> before_;
    std::optional<side> after_;
    rule_comparison result_;
    host_statistics counts_;
    std::vector<std::string> advice_;
    std::string first_rejected_;
};

void print(rule_comparison const& result, form as) {
    data_output output;
    if (as == form::json)
        output.write(difference_json(result));
    else if (as == form::navigator)
        output.write(navigator_layer(result, attack_table::enterprise()));
    else
        output.write(as == form::text ? difference_text(result) : difference_markdown(result));
    output.flush();
}

exit_code show_difference(diff_options const& options) {
    asio::io_context loop{1};
    system_time_source time;
    fixed_time const clock(time.now());
    difference_of_inputs whole(loop, time, clock, options);
    std::exception_ptr problem;
    asio::co_spawn(loop, whole.run(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    if (problem)
        std::rethrow_exception(problem);
    for (auto const& each : whole.advice())
        complain(each);
    if (!whole.advice().empty())
        return exit_code::usage;
    if (whole.result().events == 0) {
        for (auto const& each : options.inputs)
            complain((each == "-" ? "standard input" : each) + " holds no event");
        return exit_code::usage;
    }
    if (!whole.first_rejected().empty())
        std::cerr << "rulehost: warning: " << plural(whole.result().rejected, "line")
                  << " cannot be read as events; the first: " << escape_for_terminal(whole.first_rejected()) << '\n';
    print(whole.result(), options.output);
    auto const& result = whole.result();
    return result.differences.empty() && !result.differs_in_left_out() ? exit_code::ok : exit_code::findings;
}

} // namespace

void add_diff(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<diff_options>();
    auto* const command = program.add_subcommand("diff", "Compare the tags of two sets of rules for the same events");
    command->add_option("OLD", options->before, "Directory of rule files, git:REV:DIR, store@REVISION or store@now")
        ->required();
    command->add_option("NEW", options->after, "The same")->required();
    add_store_option(*command, options->store);
    command->add_option("FILE", options->inputs, "Files of events, one a line; - is standard input")->required();
    add_choice_option(
        *command, "--format", options->output,
        {{"text", form::text}, {"json", form::json}, {"markdown", form::markdown}, {"navigator", form::navigator}},
        "text, json, markdown or navigator, a layer of the ATT&CK Navigator")
        ->default_str("text");
    command->add_option("--lines", options->max_lines, "How many lines are shown of each rule and technique")
        ->transform(as_number(std::size_t{0}, std::size_t{10'000}))
        ->capture_default_str();
    add_format_option(*command, options->format, input_format_option);
    add_programs_option(*command);
    add_floor_option(*command, options->evaluation.confidence_floor);
    command->footer("Ends with 1 when a tag is new, gone, has another confidence or tactic, or is observed by one set "
                    "only, or when a\n"
                    "rule is left out of one set only, else with 0. Rules that fail their own tests are left out, as "
                    "in the service,\n"
                    "and named. With store@REVISION the decisions of the store count too.\n"
                    "Example: rulehost diff git:main:rules rules --format markdown cowrie.json > comment.md");
    command->callback([options, &result] { result = show_difference(*options); });
}

} // namespace rulehost::cli
