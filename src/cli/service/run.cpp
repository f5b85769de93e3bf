#include "async/notification.hpp"
#include "cli/commands.hpp"
#include "cli/config_file.hpp"
#include "cli/end_limit.hpp"
#include "cli/input_advice.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/program_directory.hpp"
#include "cli/service/run_flags.hpp"
#include "cli/service/service_log.hpp"
#include "cli/terminal.hpp"
#include "delivery/ndjson_tag_sink.hpp"
#include "file/byte_stream.hpp"
#include "host/host_service.hpp"
#include "sql/session/call_watch.hpp"
#include "sql/session/database_url.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/blocking_executors.hpp>
#include <rulehost/host.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr duration reload_pause = std::chrono::seconds{1}; ///< SIGHUPs within it count as one

/// Directory of a worker's snapshot, which replaces a database that is away.
std::filesystem::path state_directory(database_url const& url) {
    if (auto const* const given = std::getenv("STATE_DIRECTORY"); given && *given) // systemd's
        return given;
    if (url.kind == database_kind::sqlite)
        return std::filesystem::path(url.path).parent_path();
    return "var";
}

std::filesystem::path default_snapshot(std::string const& store) {
    auto const url = parse_database_url(store);
    if (url.in_memory())
        return {};
    auto const name = url.kind == database_kind::sqlite
        ? std::filesystem::path(url.path).filename().string()
        : url.host + "_" + std::to_string(url.port) + "_" + url.database;
    return state_directory(url) / (name + ".snapshot.json");
}

/// Time after the drain. A thread may have begun to connect just before it ended, which nothing cuts off; meanwhile
/// calls are cut off, leases returned, connections closed and spans sent.
constexpr duration last_calls = connect_limit + std::chrono::seconds{2};

std::uint64_t running_nanoseconds() {
    auto const now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

/// The host, with its log, its output and the signals that end it.
class service {
public:
    service(asio::io_context& loop, blocking_threads& threads, end_limit& must_end, service_log& log,
            run_options const& options)
        : loop_(loop),
          must_end_(must_end),
          drain_(options.host.drain),
          log_(log),
          output_(byte_stream::writing(loop.get_executor())),
          printed_(output_),
          service_(loop.get_executor(), time_, options.service),
          tasks_(loop.get_executor()) {
        if (auto const port = service_.port())
            log_.say(log_level::information, "admin endpoint on port " + std::to_string(*port));
        host_.emplace(loop.get_executor(), threads.executors(), time_, completed(options));
    }

    asio::awaitable<void> run() {
        tasks_.spawn("signals", heed_signals());
        tasks_.spawn("reloads", reload_when_asked());
        tasks_.spawn("service", service_.run(*host_));
        tasks_.spawn("host", serve());
        co_await tasks_.join();
    }

    host_statistics statistics() const { return host_->statistics(); }

private:
    host_options completed(run_options const& given) {
        auto options = given.host;
        if (!options.store.empty() && options.snapshot_file.empty())
            options.snapshot_file = default_snapshot(options.store);
        if (given.output == run_options::printing::tags)
            options.printed = &printed_;
        options.log = [this](log_level level, std::string const& line) { log_.say(level, line); };
        options.report = [this](diagnostic const& finding) {
            auto const text = to_text(finding);
            log_.say(finding.level == severity::error ? log_level::error : log_level::warning,
                     text.substr(0, text.find('\n')));
        };
        options.trace = service_.trace();
        if (given.service.admin)
            options.evaluation.ticks = running_nanoseconds;
        if (line_.is_shown() && !is_terminal(stream::output))
            options.progress = input_progress(line_, time_, [this] { return host_->statistics(); });
        return options;
    }

    asio::awaitable<void> serve() {
        co_await host_->run();
        tasks_.cancel();
    }

    asio::awaitable<void> heed_signals() {
        for (;;) {
            boost::system::error_code cancelled;
            auto const number = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
            if (cancelled)
                co_return;
            if (number == SIGHUP) {
                reload_asked_ = true;
                asked_.notify();
                continue;
            }
            log_.say(log_level::information, std::string(number == SIGTERM ? "SIGTERM" : "SIGINT") + ": draining");
            must_end_.start(drain_ + last_calls);
            service_.stopping();
            host_->stop();
            signals_.clear(); // a second one ends the process at once
            co_return;
        }
    }

    /// Limits the rate: many signals at once make one rescan.
    asio::awaitable<void> reload_when_asked() {
        for (;;) {
            while (!std::exchange(reload_asked_, false))
                co_await asked_.wait();
            log_.say(log_level::information, "SIGHUP: rescanning rules");
            service_.reloading();
            host_->rescan();
            service_.reloaded();
            co_await time_.pause(reload_pause);
        }
    }

    asio::io_context& loop_;
    end_limit& must_end_;
    duration drain_;
    service_log& log_;
    system_time_source time_;
    byte_stream output_;
    ndjson_tag_sink printed_;
    progress_line line_;
    host_service service_; // before the host, which traces through it
    std::optional<host> host_;
    bool reload_asked_ = false;
    notification asked_; ///< `reload_asked_`
    asio::signal_set signals_{loop_, SIGINT, SIGTERM, SIGHUP};
    task_group tasks_;
};

/// The first line of a regular file; empty for a pipe, whose bytes reading would consume.
std::string beginning_of(std::string const& path) {
    constexpr std::size_t max_size = 4096;
    std::error_code unknown;
    std::string text;
    if (std::filesystem::is_regular_file(path, unknown)) {
        std::ifstream file(path, std::ios::binary);
        text.resize(max_size);
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(file.gcount()));
    }
    return text.substr(0, text.find('\n'));
}

/// Advice for each input that was read from front to end without any event.
std::vector<std::string> advice(std::vector<host_input> const& inputs, std::vector<input_statistics> const& counts) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(inputs.size(), counts.size()); ++i) {
        auto const* const file = std::get_if<file_input>(&inputs[i]);
        bool const has_end = file && (file->path == "-" || file->at_end == file_input::end::stop);
        if (has_end && counts[i].events == 0 && counts[i].rejected > 0)
            lines.push_back(input_advice(file->path, beginning_of(file->path), file->format, "run --input -"));
    }
    return lines;
}

/// Runs the service to its end. False: an input had no event.
bool serve(service_log& log, run_options const& options) {
    end_limit must_end; // outlives everything that may take too long
    asio::io_context loop{1};
    blocking_threads threads; // end first: their last post may still be waking the loop
    service work(loop, threads, must_end, log, options);
    std::exception_ptr problem;
    asio::co_spawn(loop, work.run(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    if (auto const counts = work.statistics(); !problem || !is_empty(counts))
        log.conclude(to_text(counts));
    if (problem)
        std::rethrow_exception(problem);
    auto const unread = advice(options.host.inputs, work.statistics().inputs);
    for (auto const& each : unread)
        log.say(log_level::warning, each);
    return unread.empty();
}

exit_code run(run_flags const& flags, CLI::App const& command) {
    configuration from_file;
    if (!flags.config.empty())
        from_file = read_configuration_file(flags.config);
    for (auto const& each : from_file.findings)
        report_finding(each);
    if (has_errors(from_file.findings))
        return exit_code::usage;
    bool const names_inputs = command.count("--input") + command.count("--socket") + command.count("--nats") > 0;
    bool const names_format = command.count("--format") + command.count("--adapters") > 0;
    if (names_format && !names_inputs && !from_file.options.host.inputs.empty()) {
        complain("--format and --adapters go with inputs that are named beside them; those of " + flags.config +
                 " have their own");
        return exit_code::usage;
    }
    auto const options = combined(flags, command, std::move(from_file));
    if (options.host.store.empty() && options.host.rules.empty()) {
        complain("give --store URL, --rules DIR, or both");
        return exit_code::usage;
    }
    if (options.programs && command.count("--programs") == 0)
        shell::program_table::use(options.programs);
    service_log log(options.log, options.log_level);
    try {
        if (auto const notice = options.host.store.empty() ? "" : notice_of_new_store(options.host.store);
            !notice.empty())
            log.say(log_level::information, notice);
        if (!serve(log, options) && flags.once)
            return exit_code::findings;
    } catch (std::exception const& problem) {
        if (!log.is_json() || is_reader_gone(problem))
            throw;
        log.say(log_level::error, failure_reason(problem));
        return dynamic_cast<std::invalid_argument const*>(&problem) ? exit_code::usage : exit_code::environment;
    }
    return exit_code::ok;
}

} // namespace

void add_run(CLI::App& program, exit_code& result) {
    auto* const command = program.add_subcommand("run", "Evaluate events as they come, with rules that stay live");
    auto const flags = add_run_options(*command);
    command->footer("Example: tail -F cowrie.json | rulehost run --rules rules --input -\n"
                    "SIGTERM and SIGINT drain and end the run; a second one ends it at once.\n"
                    "SIGHUP rescans the rules. With --once it ends with 1 when no line of an input was an event.");
    command->callback([flags, command, &result] { result = run(*flags, *command); });
}

} // namespace rulehost::cli
