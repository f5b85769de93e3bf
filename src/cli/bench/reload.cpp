#include "cli/bench/bench.hpp"
#include "cli/data_output.hpp"
#include "cli/input_options.hpp"
#include "cli/program_directory.hpp"
#include "cli/terminal.hpp"
#include "cli/value_checks.hpp"
#include "time/monotonic_clock.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_follower.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/worker_threads.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct reload_options {
    std::string rules = "rules";
    std::vector<std::string> inputs;
    event_format format = event_format::detect;
    std::size_t edits = 200;
    std::uint64_t rate = 100'000;
    bool json = false;
};

constexpr std::size_t max_events = 5'000;
constexpr std::uint64_t stall = 5'000'000; // ns
constexpr std::chrono::milliseconds between_edits{20};
constexpr std::chrono::seconds patience{10};

/// A copy of the rules that may be edited.
class scratch_rules {
public:
    explicit scratch_rules(std::filesystem::path const& from) {
        auto path = (std::filesystem::temp_directory_path() / "rulehost-bench-XXXXXX").string();
        if (!mkdtemp(path.data()))
            throw std::runtime_error("cannot make a directory under " +
                                     std::filesystem::temp_directory_path().string());
        directory_ = path;
        std::filesystem::copy(from, directory_, std::filesystem::copy_options::recursive);
        for (auto const& entry : std::filesystem::recursive_directory_iterator(directory_))
            if (entry.is_regular_file() && (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml"))
                files_.push_back(entry.path());
        if (files_.empty())
            throw std::runtime_error(from.string() + ": holds no rule file");
        std::ranges::sort(files_);
    }
    scratch_rules(scratch_rules const&) = delete;
    scratch_rules& operator=(scratch_rules const&) = delete;
    ~scratch_rules() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    std::filesystem::path const& directory() const { return directory_; }

    /// Rewrites one of the files with an equivalent text. Returns when it was closed.
    std::uint64_t edit(std::size_t number) const {
        std::ofstream out(files_[number * 7919 % files_.size()], std::ios::app);
        out << "# edit " << number << '\n';
        out.close();
        if (!out)
            throw std::runtime_error("cannot write to the copy of the rules");
        return monotonic_nanoseconds();
    }

private:
    std::filesystem::path directory_;
    std::vector<std::filesystem::path> files_;
};

std::vector<event> read_events(reload_options const& options) {
    event_reader reader(options.format);
    std::vector<event> events;
    for (auto const& path : options.inputs) {
        std::ifstream file(path);
        if (!file)
            throw std::runtime_error(path + ": cannot be read");
        for (std::string line; events.size() < max_events && std::getline(file, line);)
            if (auto const read = reader.read(line, time_point{}))
                events.insert(events.end(), read->begin(), read->end());
    }
    if (events.empty())
        throw std::runtime_error("no line is an event");
    return events;
}

/// Evaluates at a steady rate on a thread of its own.
class evaluating_thread {
public:
    evaluating_thread(engine const& host, std::vector<event> const& events, std::uint64_t rate)
        : thread_([this, &host, &events, rate] { run(host, events, rate); }) {}
    ~evaluating_thread() { stop(); }

    void stop() {
        stopping_ = true;
        if (thread_.joinable())
            thread_.join();
    }

    std::uint64_t events() const { return done_; }
    std::uint64_t longest() const { return longest_; }
    std::uint64_t max_running() const { return max_running_; }
    std::uint64_t stalls() const { return stalls_; }
    std::uint64_t waits() const { return waits_; }

private:
    void run(engine const& host, std::vector<event> const& events, std::uint64_t rate) {
        evaluation result;
        auto const start = monotonic_nanoseconds();
        auto const waited = waits_so_far();
        auto last = start;
        while (!stopping_) {
            auto const due = (monotonic_nanoseconds() - start) * rate / 1'000'000'000;
            if (done_ >= due) {
                std::this_thread::yield();
                last = monotonic_nanoseconds();
                continue;
            }
            auto const ran = running_nanoseconds();
            host.evaluate(events[done_ % events.size()], time_point{}, result);
            max_running_ = std::max(max_running_, running_nanoseconds() - ran);
            ++done_;
            auto const finished = monotonic_nanoseconds();
            longest_ = std::max(longest_, finished - last);
            stalls_ += finished - last > stall;
            last = finished;
        }
        waits_ = waits_so_far() - waited;
    }

    std::atomic<bool> stopping_{false};
    std::uint64_t done_ = 0; ///< this and the following members: read after `stop`
    std::uint64_t longest_ = 0;
    std::uint64_t max_running_ = 0; ///< without the time that other processes ran
    std::uint64_t stalls_ = 0;
    std::uint64_t waits_ = 0; ///< voluntary waits; evaluation should have none
    std::thread thread_;
};

/// Edits the files in turn, each once the last edit is live. Returns milliseconds from the close of the file.
std::vector<double> edit_to_live(scratch_rules const& rules, std::atomic<std::uint64_t> const& applied,
                                 std::size_t edits) {
    std::vector<double> waits;
    for (std::size_t number = 0; number != edits; ++number) {
        auto const before = applied.load();
        auto const closed = rules.edit(number);
        while (applied == before) {
            if (monotonic_nanoseconds() - closed >
                static_cast<std::uint64_t>(std::chrono::nanoseconds(patience).count()))
                throw std::runtime_error("an edit did not become live");
            std::this_thread::sleep_for(std::chrono::microseconds{50});
        }
        waits.push_back(static_cast<double>(applied - std::min<std::uint64_t>(applied, closed)) / 1e6);
        std::this_thread::sleep_for(between_edits);
    }
    std::ranges::sort(waits);
    return waits;
}

std::string shown(double what, int decimals) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, what);
    return text.data();
}

exit_code measure(reload_options const& options) {
    auto const events = read_events(options);
    scratch_rules const rules(options.rules);
    asio::io_context loop{1};
    worker_threads background{2};
    system_time_source time;
    filesystem_store_options from;
    from.directory = rules.directory();
    filesystem_rule_store store(loop.get_executor(), time, from);
    engine host;
    std::atomic<std::uint64_t> applied{0};
    rule_follower::observer observer;
    observer.applied = [&applied](rule_change const&) { applied = monotonic_nanoseconds(); };
    rule_follower follower(host, store, observer, background.get_executor());
    task_group tasks(loop.get_executor());
    std::exception_ptr problem;
    auto const everything = [&]() -> asio::awaitable<void> {
        co_await follower.load();
        tasks.spawn("rule store", store.run());
        tasks.spawn("rule follower", follower.run());
        co_await tasks.join();
    };
    asio::co_spawn(loop, everything(), [&problem](std::exception_ptr ended) { problem = ended; });
    std::thread following([&loop] { loop.run(); });

    std::vector<double> waits;
    std::exception_ptr failed;
    std::uint64_t elapsed = 0;
    evaluating_thread evaluating(host, events, options.rate);
    try {
        auto const started = monotonic_nanoseconds();
        while (host.rules().empty() && monotonic_nanoseconds() - started < 60'000'000'000)
            std::this_thread::sleep_for(between_edits);
        std::this_thread::sleep_for(5 * between_edits); // until the directory is watched
        waits = edit_to_live(rules, applied, options.edits);
        elapsed = monotonic_nanoseconds() - started;
    } catch (...) {
        failed = std::current_exception();
    }
    evaluating.stop();
    asio::post(loop, [&tasks] { tasks.cancel(); });
    following.join();
    background.join();
    if (failed)
        std::rethrow_exception(failed);
    if (problem)
        std::rethrow_exception(problem);

    auto const at = [&](double share) {
        return waits[static_cast<std::size_t>(share * static_cast<double>(waits.size() - 1))];
    };
    auto const rate = static_cast<double>(evaluating.events()) / static_cast<double>(elapsed) * 1e9;
    auto const longest = static_cast<double>(evaluating.longest()) / 1e6;
    auto const running = static_cast<double>(evaluating.max_running()) / 1e6;
    data_output output;
    if (options.json || !is_terminal(stream::output))
        output.write(boost::json::object{
            {"rules", host.rules().size()},
            {"edits", waits.size()},
            {"milliseconds_to_live", {{"median", at(0.5)}, {"p99", at(0.99)}, {"most", waits.back()}}},
            {"events_per_second", rate},
            {"longest_evaluation_milliseconds", {{"by_the_clock", longest}, {"running", running}}},
            {"evaluations_over_5_milliseconds", evaluating.stalls()},
            {"waits", evaluating.waits()}});
    else
        output.write(shown(at(0.5), 1) + " ms from the close of a file until its rule is live, p99 " +
                     shown(at(0.99), 1) + ", at most " + shown(waits.back(), 1) + ": " + std::to_string(waits.size()) +
                     " edits among " + std::to_string(host.rules().size()) + " rules\n" + shown(longest, 2) +
                     " ms for the longest evaluation meanwhile, " + shown(running, 2) +
                     " ms where its thread ran all the time; " + std::to_string(evaluating.stalls()) +
                     " took over 5 ms, at " + shown(rate, 0) + " events/s; the thread waited " +
                     std::to_string(evaluating.waits()) + " times\n");
    output.flush();
    return exit_code::ok;
}

} // namespace

void add_bench_reload(CLI::App& bench, exit_code& result) {
    auto const options = std::make_shared<reload_options>();
    auto* const command =
        bench.add_subcommand("reload", "Measure the time until an edited rule is live while events are evaluated");
    command->add_option("--rules", options->rules, "Directory of rule files; a copy of it is edited")
        ->capture_default_str();
    add_format_option(*command, options->format);
    add_programs_option(*command);
    command->add_option("FILE", options->inputs, "Files of events, one a line")->required();
    command->add_option("--edits", options->edits, "How many files are edited, one after the other")
        ->capture_default_str()
        ->transform(as_number(1u, 100'000u));
    command->add_option("--rate", options->rate, "Events evaluated a second meanwhile")
        ->capture_default_str()
        ->transform(as_number(1u, 10'000'000u));
    command->add_flag("--json", options->json, "JSON also on a terminal");
    command->footer("Example: rulehost bench reload --rules rules --edits 500 events.ndjson");
    command->callback([options, &result] { result = measure(*options); });
}

} // namespace rulehost::cli
