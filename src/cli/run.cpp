#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/terminal.hpp"
#include "host/byte_stream.hpp"
#include "host/ndjson_tag_sink.hpp"
#include "sql/database_url.hpp"

#include <rulehost/host.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct run_options {
    host_options host;
    std::vector<std::string> inputs;
    std::vector<std::string> sockets;
    event_format format = event_format::detect;
    std::string output = "tags";
    bool once = false;
};

/// Where a worker keeps what it must find again when the database is away.
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
    auto const name = url.kind == database_kind::sqlite ? std::filesystem::path(url.path).filename().string()
                                                        : url.host + "_" + url.database;
    return state_directory(url) / (name + ".snapshot.json");
}

/// The host, with its log, its output and the signals that end it.
class service {
public:
    service(asio::io_context& loop, asio::thread_pool& database, run_options const& options)
        : loop_(loop), log_("rulehost", std::make_shared<spdlog::sinks::stderr_color_sink_st>()),
          output_(byte_stream::writing(loop.get_executor())), printed_(output_), tasks_(loop.get_executor()) {
        log_.set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %^%l%$ %v", spdlog::pattern_time_type::utc);
        host_.emplace(loop.get_executor(), database.get_executor(), time_, completed(options));
    }

    asio::awaitable<void> run() {
        tasks_.spawn("signals", heed_signals());
        tasks_.spawn("host", serve());
        co_await tasks_.join();
    }

    host_statistics statistics() const { return host_->statistics(); }

private:
    host_options completed(run_options const& given) {
        auto options = given.host;
        auto const end = given.once ? file_input::end::stop : file_input::end::follow;
        for (auto const& path : given.inputs) {
            file_input input;
            input.path = path;
            input.format = given.format;
            input.at_end = end;
            options.inputs.emplace_back(std::move(input));
        }
        for (auto const& path : given.sockets) {
            socket_input input;
            input.path = path;
            input.format = given.format;
            options.inputs.emplace_back(std::move(input));
        }
        if (!options.store.empty() && options.snapshot_file.empty())
            options.snapshot_file = default_snapshot(options.store);
        if (given.output == "tags")
            options.printed = &printed_;
        options.log = [this](log_level level, std::string const& line) {
            auto const as = level == log_level::information ? spdlog::level::info
                : level == log_level::warning               ? spdlog::level::warn
                                                            : spdlog::level::err;
            log_.log(as, "{}", escape_for_terminal(line));
        };
        options.report = [this](diagnostic const& finding) {
            auto const text = to_text(finding);
            auto const line = text.substr(0, text.find('\n'));
            log_.log(finding.level == severity::error ? spdlog::level::err : spdlog::level::warn, "{}", line);
        };
        if (line_.is_shown() && !is_terminal(stream::output))
            options.progress = input_progress(line_, time_, [this] { return host_->statistics(); });
        return options;
    }

    asio::awaitable<void> serve() {
        co_await host_->run();
        signals_.cancel();
    }

    asio::awaitable<void> heed_signals() {
        for (;;) {
            boost::system::error_code cancelled;
            auto const number = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
            if (cancelled)
                co_return;
            if (number == SIGHUP) {
                log_.info("looks at the rules again");
                host_->rescan();
                continue;
            }
            log_.info("signal {}: finishing what was read", number);
            host_->stop();
            signals_.clear(); // a second one ends the process at once
            co_return;
        }
    }

    asio::io_context& loop_;
    spdlog::logger log_;
    system_time_source time_;
    byte_stream output_;
    ndjson_tag_sink printed_;
    progress_line line_;
    std::optional<host> host_;
    asio::signal_set signals_{loop_, SIGINT, SIGTERM, SIGHUP};
    task_group tasks_;
};

exit_code run(run_options const& options) {
    if (options.host.store.empty() && options.host.rules.empty()) {
        complain("give --store URL, --rules DIR, or both");
        return exit_code::usage;
    }
    asio::thread_pool database{3}; // rules, tags, files
    asio::io_context loop{1};
    service work(loop, database, options);
    std::exception_ptr problem;
    asio::co_spawn(loop, work.run(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    std::cerr << to_text(work.statistics());
    if (problem)
        std::rethrow_exception(problem);
    return exit_code::ok;
}

} // namespace

void add_run(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<run_options>();
    auto* const command = program.add_subcommand("run", "Evaluate events as they come, with rules that stay live");
    add_store_option(*command, options->host.store);
    command->add_option("--rules", options->host.rules, "Directory of rule files; with --store they are brought into the store");
    command->add_option("--state-file", options->host.state_file, "Where states survive a restart when there is no store");
    command->add_option("--worker", options->host.worker, "Names this process among those of the store, lastingly; the host's name when left out");
    command->add_option("--input", options->inputs, "Files of events, one a line; - is standard input, which is read when no input is named");
    command->add_option("--socket", options->sockets, "UNIX sockets to take events on");
    add_format_option(*command, options->format);
    command->add_flag("--once", options->once, "Read the files from front to end and stop, instead of following them");
    command->add_option("--threads", options->host.threads, "How many threads evaluate")->check(CLI::Range(1, 256))->capture_default_str();
    command->add_option("--output", options->output, "What goes to standard output: tags, none")
        ->check(CLI::IsMember({"tags", "none"}))
        ->capture_default_str();
    command->add_option("--spool", options->host.spool, "Directory that takes tags while the store is away");
    command->add_option("--dead-letters", options->host.dead_letters, "File of the lines that could not be read, and why");
    command->footer("Example: tail -F cowrie.json | rulehost run --rules rules --input -\n"
                    "SIGTERM and SIGINT finish what was read and end the run; a second one ends it at once.\n"
                    "SIGHUP looks at the rules again.");
    command->callback([options, &result] {
        if (options->inputs.empty() && options->sockets.empty())
            options->inputs.emplace_back("-");
        result = run(*options);
    });
}

} // namespace rulehost::cli
