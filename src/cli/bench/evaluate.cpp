#include "async/thread_team.hpp"
#include "cli/bench/bench.hpp"
#include "cli/data_output.hpp"
#include "cli/fixed_time.hpp"
#include "cli/input_options.hpp"
#include "cli/rule_sources.hpp"
#include "cli/terminal.hpp"
#include "engine/bare_scan.hpp"
#include "event/line_framer.hpp"
#include "host/parallel_evaluator.hpp"
#include "input/batch_builder.hpp"
#include "text/plural.hpp"
#include "time/monotonic_clock.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/json_text.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

struct bench_options {
    std::string rules = "rules";
    std::vector<std::string> inputs;
    event_format format = event_format::detect;
    unsigned repetitions = 7;
    std::size_t most_lines = 20'000;
    std::size_t threads = 1;
    std::size_t most_costs = 10;
    bool json = false;
};

// Windows and expiries go by event time; the present only has to stand still.
constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};
constexpr double shortest_measurement = 0.1e9; // ns
constexpr std::size_t bytes_per_read = 64 * 1024;
constexpr std::size_t fewest_measured_events = 5'000;
constexpr std::uint64_t longest_measurement = 3'000'000'000; // ns; where each event takes long

/// The first lines of the inputs and the memory they stand in.
class sample {
public:
    sample(std::vector<std::string> const& paths, std::size_t most_lines) {
        for (auto const& path : paths)
            read(path, most_lines);
        for (auto const& text : texts_)
            lines_.push_back({.number = lines_.size() + 1, .text = text});
        if (lines_.empty())
            throw std::runtime_error("there is no line to measure with");
    }

    std::vector<event_batch::line> const& lines() const { return lines_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    void read(std::string const& path, std::size_t most_lines) {
        std::ifstream file(path, std::ios::binary);
        if (!file)
            throw std::runtime_error(path + ": cannot be read");
        line_framer framer;
        auto const take = [&](std::optional<line_framer::line> const& line) {
            if (!line || texts_.size() >= most_lines)
                return false;
            texts_.emplace_back(line->text);
            bytes_ += line->text.size() + 1;
            return true;
        };
        while (file && texts_.size() < most_lines) {
            auto const room = framer.prepare(bytes_per_read);
            file.read(room.data(), static_cast<std::streamsize>(room.size()));
            framer.commit(static_cast<std::size_t>(file.gcount()));
            while (take(framer.next())) {}
        }
        if (file.bad())
            throw std::runtime_error(path + ": cannot be read");
        take(framer.last());
    }

    std::deque<std::string> texts_;
    std::vector<event_batch::line> lines_;
    std::uint64_t bytes_ = 0;
};

rule_snapshot read_snapshot(std::string const& path) {
    rule_snapshot snapshot;
    snapshot.revision = 1;
    std::map<std::string, std::shared_ptr<rule_definition const>> by_id;
    std::size_t left_out = 0;
    auto const sources = read_rule_sources({path});
    for (auto const& document : sources.documents) {
        // As in the service, the first that claims an id has it.
        if (!document.definition || !by_id.emplace(document.rule_id, document.definition).second)
            ++left_out;
    }
    for (auto const& [id, definition] : by_id)
        snapshot.rules.push_back(std::make_shared<compiled_rule>(definition, rule_state{}));
    if (left_out != 0)
        std::cerr << plural(left_out, "rule") << " with errors left out; `rulehost check` says why\n";
    return snapshot;
}

/// A line of /proc/self/status, in MiB.
double memory(std::string_view name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name))
            return std::stod(line.substr(name.size() + 1)) / 1024;
    return 0;
}

double median(std::vector<double> of) {
    auto const middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
    std::ranges::nth_element(of, middle);
    return *middle;
}

double rounded(double value, int decimals) {
    auto const scale = std::pow(10, decimals);
    return std::round(value * scale) / scale;
}

using clock_function = std::uint64_t (*)();

/// One thread is measured in the time that it ran, so that a busy machine spoils it least; several can only be measured
/// in the time that went by.
template <typename Work>
double nanoseconds_of(clock_function clock, Work&& work) {
    auto const start = clock();
    work();
    return static_cast<double>(clock() - start);
}

/// Text in to tags out, as `rulehost run` prints them, on the caller's thread.
class text_to_tags {
public:
    text_to_tags(sample const& all, engine const& host, event_format format)
        : sample_(all), host_(host), reader_(format) {}

    /// One pass over the sample.
    void run() {
        tags_ = 0;
        for (auto const& line : sample_.lines()) {
            auto const read = reader_.read(line.text, now);
            if (!read)
                continue;
            for (auto const& each : *read) {
                host_.evaluate(each, now, result_);
                print(result_.tags);
            }
        }
    }

    void print(std::vector<tag> const& tags) {
        tags_ += tags.size();
        for (auto const& one : tags) {
            append_json(text_, to_json(one));
            text_ += '\n';
            if (text_.size() > bytes_per_read)
                text_.clear();
        }
    }

    std::size_t tags() const { return tags_; } ///< of the last pass

private:
    sample const& sample_;
    engine const& host_;
    event_reader reader_;
    evaluation result_;
    std::string text_;
    std::size_t tags_ = 0;
};

/// As many of them as there are threads, with nothing in common but the sample: what this machine has for threads.
class threads_apart {
public:
    threads_apart(sample const& all, rule_snapshot const& rules, bench_options const& options)
        : team_(options.threads) {
        for (std::size_t i = 0; i != options.threads; ++i) {
            engines_.emplace_back().replace(rules);
            each_.emplace_back(all, engines_.back(), options.format);
        }
    }

    /// One pass of each at the same time.
    void run() {
        team_.run(each_.size(), [this](std::size_t number, std::size_t) { each_[number].run(); });
    }

private:
    std::deque<engine> engines_;
    std::deque<text_to_tags> each_;
    thread_team team_;
};

/// The measurements, each one pass over the sample.
class passes {
public:
    passes(sample const& all, rule_snapshot const& rules, engine const& host, bench_options const& options)
        : sample_(all),
          rules_(rules),
          host_(host),
          options_(options),
          bare_(rules.rules),
          whole_(all, host, options.format),
          team_(host, options.threads, standing_),
          readers_of_threads_(make_readers()) {
        event_reader reader(options.format);
        std::string first_problem = "they are of kinds without events";
        auto const leave_out = [&](std::size_t& count, event_batch::line const& line, std::string_view why) {
            if (bad_lines_ + refused_ == 0)
                first_problem = "line " + std::to_string(line.number) + ": " + std::string(why);
            ++count;
        };
        for (auto const& line : all.lines()) {
            auto const read = reader.read(line.text, now);
            if (!read) {
                leave_out(bad_lines_, line, read.error().reason);
                continue;
            }
            for (auto const& each : *read) {
                if (auto const why = host.evaluate(each, now, result_); why != refusal::none)
                    leave_out(refused_, line, to_string(why));
                else
                    events_.push_back(each);
            }
        }
        if (events_.empty())
            throw std::runtime_error("no line of the sample is an event that is taken; " + first_problem);
    }

    void whole() { whole_.run(); }

    /// The same on several threads, in batches as the inputs hand them over.
    void whole_on_threads() {
        std::span const lines{sample_.lines()};
        for (std::size_t at = 0; at != lines.size();) {
            auto last = at;
            for (std::size_t bytes = 0; last != lines.size() && !batch_builder::is_full(last - at, bytes); ++last)
                bytes += lines[last].text.size();
            batch_.clear();
            team_.evaluate(lines.first(last), at, readers_of_threads_, batch_);
            whole_.print(batch_.tags);
            at = last;
        }
    }

    /// As much on each of several threads that share nothing.
    void whole_apart() {
        if (!apart_)
            apart_ = std::make_unique<threads_apart>(sample_, rules_, options_);
        apart_->run();
    }

    /// Boost.JSON and nothing else.
    void parse() {
        for (auto const& line : sample_.lines()) {
            boost::json::monotonic_resource arena{memory_.data(), memory_.size()};
            parser_.reset(&arena);
            boost::json::error_code problem;
            parser_.write(line.text, problem);
            if (!problem)
                used_ += parser_.release().is_object();
            parser_.reset();
        }
    }

    /// Vectorscan and nothing else.
    void scan() {
        for (auto const& each : events_)
            used_ += bare_.scan(each);
    }

    void evaluate() {
        for (auto const& each : events_) {
            host_.evaluate(each, now, result_);
            used_ += result_.tags.size();
        }
    }

    std::vector<event> const& events() const { return events_; }
    std::size_t bad_lines() const { return bad_lines_; }
    std::size_t refused() const { return refused_; }
    std::size_t tags() const { return whole_.tags(); }
    std::size_t left_out_of_scan() const { return bare_.left_out(); }
    std::size_t used() const { return used_; }

private:
    std::vector<parallel_evaluator::line_reader> make_readers() {
        std::vector<parallel_evaluator::line_reader> made;
        for (std::size_t i = 0; i != options_.threads; ++i) {
            auto const reader = std::make_shared<event_reader>(options_.format);
            made.emplace_back([reader](event_batch::line const& line, time_point arrived) {
                return reader->read(line.text, arrived);
            });
        }
        return made;
    }

    sample const& sample_;
    rule_snapshot const& rules_;
    engine const& host_;
    bench_options const& options_;
    bare_scan bare_;
    text_to_tags whole_;
    fixed_time standing_{now};
    parallel_evaluator team_;
    std::unique_ptr<threads_apart> apart_; ///< null: not asked for yet
    std::vector<parallel_evaluator::line_reader> readers_of_threads_;
    evaluated_lines batch_;
    evaluation result_;
    std::vector<event> events_;
    std::size_t bad_lines_ = 0;
    std::size_t refused_ = 0;
    std::size_t used_ = 0; ///< that nothing is optimised away
    std::vector<unsigned char> memory_ = std::vector<unsigned char>(64 * 1024);
    boost::json::parser parser_;
};

/// Nanoseconds an event.
struct times {
    double whole = 0;
    double whole_by_the_clock = 0; ///< on one thread, for comparison with several
    double whole_on_threads = 0;
    double whole_apart = 0; ///< on as many that share nothing
    double parse = 0;
    double scan = 0;
    double evaluate = 0;
};

times measure_once(passes& all, bench_options const& options) {
    auto const of = [&](void (passes::*pass)(), clock_function clock = running_nanoseconds) {
        double spent = 0;
        std::uint64_t events = 0;
        while (spent < shortest_measurement) {
            spent += nanoseconds_of(clock, [&] { (all.*pass)(); });
            events += all.events().size();
        }
        return spent / static_cast<double>(events);
    };
    times t;
    t.whole = of(&passes::whole);
    if (options.threads > 1) {
        // Pass by pass in turns: how fast a second thread is changes with what else the machine does.
        std::uint64_t events = 0;
        for (double spent = 0; spent < shortest_measurement; events += all.events().size()) {
            auto const once = [&](double& sum, void (passes::*pass)()) {
                sum += nanoseconds_of(monotonic_nanoseconds, [&] { (all.*pass)(); });
            };
            once(t.whole_by_the_clock, &passes::whole);
            once(t.whole_on_threads, &passes::whole_on_threads);
            once(t.whole_apart, &passes::whole_apart);
            spent = t.whole_on_threads;
        }
        for (auto* const each : {&t.whole_by_the_clock, &t.whole_on_threads, &t.whole_apart})
            *each /= static_cast<double>(events);
        t.whole_apart /= static_cast<double>(options.threads);
    }
    if (options.format != event_format::text)
        t.parse = of(&passes::parse);
    t.evaluate = of(&passes::evaluate);
    t.scan = of(&passes::scan);
    return t;
}

/// The middle of the repetitions, of whatever `what` makes of one.
template <typename What>
double median_of(std::vector<times> const& all, What what) {
    std::vector<double> values;
    for (auto const& one : all)
        values.push_back(what(one));
    return median(std::move(values));
}

struct rule_cost {
    std::string rule_id; ///< empty: finding the rules that are worth asking, which all of them share
    double share = 0;    ///< of the time that evaluation takes
    double nanoseconds_per_event = 0;
    std::uint64_t evaluations = 0;
    std::uint64_t matches = 0;
    std::uint64_t failures = 0;
};

std::uint64_t cost_of_a_look(clock_function clock) {
    auto least = ~std::uint64_t{0};
    for (int i = 0; i != 1000; ++i) {
        auto const start = clock();
        least = std::min(least, clock() - start);
    }
    return least;
}

/// Cost of each rule, worst first: every evaluation is measured.
std::vector<rule_cost> costs_of(rule_snapshot const& rules, std::vector<event> const& events, std::size_t most) {
    engine_options measured;
    measured.ticks = running_nanoseconds;
    measured.measured_one_in = 1;
    engine host(measured);
    host.replace(rules);
    evaluation result;
    auto const began = running_nanoseconds();
    std::size_t rounds = 0;
    do {
        for (auto const& each : events)
            host.evaluate(each, now, result);
        ++rounds;
    } while (rounds * events.size() < fewest_measured_events && running_nanoseconds() - began < longest_measurement);
    auto statistics = host.statistics();
    auto total = host.cost();
    // Each measurement holds one look at the clock.
    auto const look = cost_of_a_look(running_nanoseconds);
    auto const without_looks = [look](std::uint64_t& cost, std::uint64_t looks) {
        cost -= std::min(cost, look * looks);
    };
    without_looks(total.search, total.measured);
    total.rules = 0;
    for (auto& one : statistics) {
        without_looks(one.cost, one.measured);
        total.rules += one.cost;
    }
    std::ranges::sort(statistics, std::ranges::greater{}, &rule_statistics::cost);
    auto const whole = static_cast<double>(std::max<std::uint64_t>(total.search + total.rules, 1));
    auto const count = static_cast<double>(std::max<std::uint64_t>(total.measured, 1));
    auto const entry = [&](std::string id, std::uint64_t cost) {
        auto const spent = static_cast<double>(cost);
        return rule_cost{std::move(id), spent / whole, spent / count, 0, 0, 0};
    };
    std::vector<rule_cost> listed{entry({}, total.search)};
    for (auto const& one : statistics) {
        if (one.cost == 0 || listed.size() > most)
            break;
        auto& added = listed.emplace_back(entry(one.rule_id, one.cost));
        added.evaluations = one.evaluations / rounds;
        added.matches = one.matches / rounds;
        added.failures = one.failures / rounds;
    }
    return listed;
}

struct report {
    std::size_t rules = 0;
    std::size_t lines = 0;
    std::size_t bad_lines = 0;
    std::size_t refused = 0;
    std::size_t events = 0;
    std::size_t tags = 0;
    double bytes_per_event = 0;

    double events_per_second = 0; ///< text in to tags out
    times middle;
    double whole_to_bare = 0;    ///< to Boost.JSON plus Vectorscan
    double evaluate_to_scan = 0; ///< to Vectorscan
    std::size_t left_out_of_scan = 0;
    std::size_t threads = 1;
    double speedup = 1;
    double speedup_apart = 1; ///< of threads that share nothing

    double read_seconds = 0;
    double first_evaluation_seconds = 0;
    double resident = 0; ///< MiB, with the sample
    double peak = 0;
    double of_rules = 0;
    std::vector<rule_cost> costs;
};

boost::json::object to_json(report const& r) {
    boost::json::object made{
        {"rules", r.rules},
        {"lines", r.lines},
        {"bad_lines", r.bad_lines},
        {"refused_events", r.refused},
        {"events", r.events},
        {"tags", r.tags},
        {"bytes_per_event", std::llround(r.bytes_per_event)},
        {"events_per_second", std::llround(r.events_per_second)},
        {"nanoseconds_per_event",
         {{"text_to_tags", rounded(r.middle.whole, 1)},
          {"evaluate", rounded(r.middle.evaluate, 1)},
          {"bare_parse", rounded(r.middle.parse, 1)},
          {"bare_scan", rounded(r.middle.scan, 1)}}},
        {"ratios",
         {{"text_to_tags_to_bare_parse_and_scan", rounded(r.whole_to_bare, 2)},
          {"evaluate_to_bare_scan", rounded(r.evaluate_to_scan, 2)}}},
        {"expressions_left_out_of_bare_scan", r.left_out_of_scan},
        {"load_seconds",
         {{"read", rounded(r.read_seconds, 3)}, {"first_evaluation", rounded(r.first_evaluation_seconds, 3)}}},
        {"mebibytes",
         {{"rules", rounded(r.of_rules, 1)}, {"resident", rounded(r.resident, 1)}, {"peak", rounded(r.peak, 1)}}},
    };
    if (r.threads > 1)
        made["threads"] = {{"count", r.threads},
                           {"speedup", rounded(r.speedup, 2)},
                           {"speedup_of_threads_apart", rounded(r.speedup_apart, 2)}};
    auto& costs = made["costs"].emplace_array();
    for (auto const& one : r.costs) {
        boost::json::object entry{{"rule_id", nullptr},
                                  {"share", rounded(one.share, 4)},
                                  {"nanoseconds_per_event", rounded(one.nanoseconds_per_event, 1)}};
        if (!one.rule_id.empty()) {
            entry["rule_id"] = one.rule_id;
            entry["evaluations"] = one.evaluations;
            entry["matches"] = one.matches;
            entry["failures"] = one.failures;
        }
        costs.push_back(std::move(entry));
    }
    return made;
}

/// `what` for a person.
std::string shown(double what, int decimals = 0) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, what);
    return text.data();
}

std::string padded(std::string text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string to_text(report const& r) {
    std::string text;
    auto const line = [&text](std::string const& value, std::string const& meaning) {
        text += padded(value, 12) + "  " + meaning + '\n';
    };
    line(shown(r.events_per_second),
         "events/s of one core, text in to tags out: " + plural(r.rules, "rule") + ", " + plural(r.events, "event") +
             " of " + shown(r.bytes_per_event) + " bytes, " + plural(r.tags, "tag"));
    line(shown(r.middle.whole) + " ns", "an event; " + shown(r.middle.evaluate) + " ns of them evaluation");
    line(shown(r.whole_to_bare, 2) + " x",
         "bare Boost.JSON and Vectorscan over the same bytes (" + shown(r.middle.parse) + " + " + shown(r.middle.scan) +
             " ns)");
    line(shown(r.evaluate_to_scan, 2) + " x", "evaluation alone, against bare Vectorscan over the same fields");
    if (r.threads > 1)
        line(shown(r.speedup, 2) + " x",
             "as fast on " + std::to_string(r.threads) + " threads; " + shown(r.speedup_apart, 2) +
                 " x on as many that share nothing, which is what the machine has");
    line(shown(r.first_evaluation_seconds, 2) + " s",
         "from rule files to the first evaluation (" + shown(r.read_seconds, 2) + " s of them reading)");
    line(shown(r.of_rules) + " MiB",
         "for the rules; the process has " + shown(r.resident) + ", at most " + shown(r.peak));
    if (r.bad_lines != 0)
        line(std::to_string(r.bad_lines), "lines are no events and were left out");
    if (r.refused != 0)
        line(std::to_string(r.refused), "events are refused and were left out; `rulehost eval` says why");
    text += "\n       share   ns/event  evaluations      matches  rule\n";
    for (auto const& one : r.costs) {
        text += padded(shown(one.share * 100, 1) + " %", 12) + padded(shown(one.nanoseconds_per_event, 1), 11);
        text += one.rule_id.empty() ? std::string(26, ' ') + "  (finding the rules worth asking)"
                                    : padded(std::to_string(one.evaluations), 13) +
                padded(std::to_string(one.matches), 13) + "  " + one.rule_id;
        if (one.failures != 0)
            text += ", " + plural(one.failures, "matching limit") + " hit";
        text += '\n';
    }
    return text;
}

exit_code measure(bench_options const& options) {
    sample const all(options.inputs, options.most_lines);
    report made;
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
        host.evaluate(first, now);
    });
    made.first_evaluation_seconds = made.read_seconds + prepared / 1e9;
    made.rules = rules.rules.size();
    made.resident = memory("VmRSS");
    made.peak = memory("VmHWM");
    made.of_rules = std::max(made.resident - before, 0.0);

    progress_line progress;
    progress.show("making the databases of bare Vectorscan, which what is measured is compared to");
    passes work(all, rules, host, options);
    std::vector<times> measured;
    for (unsigned i = 0; i != options.repetitions; ++i) {
        progress.show("repetition " + std::to_string(i + 1) + " of " + std::to_string(options.repetitions));
        measured.push_back(measure_once(work, options));
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
    made.costs = costs_of(rules, work.events(), options.most_costs);

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
    auto* const command = bench.add_subcommand("evaluate", "How fast are these rules on this log, and which cost most");
    command->add_option("--rules", options->rules, "Directory of rule files")->capture_default_str();
    add_format_option(*command, options->format);
    command->add_option("FILE", options->inputs, "Files of events, one a line")->required();
    command->add_option("--lines", options->most_lines, "How many lines of the files are used")
        ->capture_default_str()
        ->check(CLI::Range(1u, 10'000'000u));
    command->add_option("--repetitions", options->repetitions, "Of each measurement; the median is reported")
        ->capture_default_str()
        ->check(CLI::Range(1u, 1000u));
    command->add_option("--threads", options->threads, "Also measure how several threads evaluate")
        ->capture_default_str()
        ->check(CLI::Range(1u, 256u));
    command->add_option("--top", options->most_costs, "How many rules are listed, those that cost most first")
        ->capture_default_str();
    command->add_flag("--json", options->json, "JSON also on a terminal");
    command->footer("Example: rulehost bench evaluate --rules rules --format cowrie cowrie.json\n"
                    "Ratios are taken within one repetition, so that a busy machine spoils them least.");
    command->callback([options, &result] { result = measure(*options); });
}

} // namespace rulehost::cli
