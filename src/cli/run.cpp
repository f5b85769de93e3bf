#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/terminal.hpp"
#include "host/byte_stream.hpp"
#include "host/ingest.hpp"
#include "host/ndjson_tag_sink.hpp"
#include "sql/database_call.hpp"
#include "sql/database_url.hpp"
#include "sql/tag_table.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_follower.hpp>
#include <rulehost/rule_sync.hpp>
#include <rulehost/rule_tests.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>
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
    std::string store;
    std::string rules;
    std::string state_file;
    std::vector<std::string> inputs{"-"};
    event_format format = event_format::detect;
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

std::filesystem::path snapshot_file(database_url const& url) {
    if (url.in_memory())
        return {};
    auto const directory = state_directory(url);
    auto const name = url.kind == database_kind::sqlite ? std::filesystem::path(url.path).filename().string() : url.host + "_" + url.database;
    return directory / (name + ".snapshot.json");
}

/// Stores tags and passes those on that are new.
class database_tag_sink final : public tag_sink {
public:
    database_tag_sink(asio::any_io_executor database, database_url url, tag_sink& printed)
        : database_(asio::make_strand(database)), table_(std::make_shared<tag_table>(std::move(url))), printed_(printed) {}

    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        auto insert = [table = table_, tags] { return table->insert(tags); };
        auto const indices = co_await database_call(database_, std::move(insert));
        std::vector<tag> fresh;
        for (auto const index : indices)
            fresh.push_back(tags[index]);
        co_await printed_.write(fresh);
    }

private:
    asio::any_io_executor database_;
    std::shared_ptr<tag_table> table_;
    tag_sink& printed_;
};

/// The service: one loop, one logger, and everything that runs until the inputs end or a signal comes.
class service {
public:
    service(asio::io_context& loop, asio::thread_pool& database, run_options const& options)
        : loop_(loop), database_(database), options_(options),
          log_("rulehost", std::make_shared<spdlog::sinks::stderr_color_sink_st>()), tasks_(loop.get_executor()) {
        log_.set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    }

    asio::awaitable<void> run() {
        std::unique_ptr<filesystem_rule_store> files;
        if (!options_.rules.empty()) {
            filesystem_store_options from;
            from.directory = options_.rules;
            if (options_.store.empty())
                from.state_file = options_.state_file;
            from.admit = run_rule_tests;
            from.report = [this](diagnostic const& finding) { log(finding); };
            files = std::make_unique<filesystem_rule_store>(loop_.get_executor(), time_, from);
        }
        if (options_.store.empty()) {
            tasks_.spawn("rule store", files->run());
            co_await serve(*files);
            co_return;
        }
        auto const url = parse_database_url(options_.store);
        database_store_options shared;
        shared.url = options_.store;
        shared.snapshot_file = snapshot_file(url);
        shared.admit = run_rule_tests;
        shared.report = [this](diagnostic const& finding) { log(finding); };
        shared.log = [this](std::string const& line) { log_.warn("{}", escape_for_terminal(line)); };
        database_rule_store store(loop_.get_executor(), database_.get_executor(), time_, shared);
        std::optional<sync_from_filesystem> master;
        if (files) {
            rule_sync_options how;
            how.log = [this](std::string const& line) { log_.info("{}", escape_for_terminal(line)); };
            master.emplace(*files, store, time_, how);
            co_await synchronise(*master);
            tasks_.spawn("rule files", files->run());
            tasks_.spawn("master", master->run());
        }
        tasks_.spawn("rule store", store.run());
        co_await serve(store);
    }

    ingest_summary const& summary() const { return summary_; }

private:
    /// Before the first load, so that no event meets an empty database.
    asio::awaitable<void> synchronise(sync_from_filesystem& master) {
        try {
            co_await master.synchronise();
        } catch (store_unavailable const& unavailable) {
            log_.warn("{}", escape_for_terminal(unavailable.what()));
        }
    }

    asio::awaitable<void> serve(rule_store& store) {
        rule_follower follower(rules_, store, told());
        std::exception_ptr problem;
        try {
            co_await follower.load();
        } catch (...) {
            problem = std::current_exception();
            tasks_.cancel();
        }
        tasks_.spawn("rule follower", follower.run());
        tasks_.spawn("signals", stop_on_signal());
        tasks_.spawn("inputs", read_inputs());
        co_await tasks_.join();
        if (problem)
            std::rethrow_exception(problem);
    }

    rule_follower::observer told() {
        rule_follower::observer observer;
        observer.replaced = [this](rule_snapshot const& snapshot) {
            log_.info("{} rules live at revision {}, {} quarantined", snapshot.rules.size(), snapshot.revision,
                      snapshot.quarantine.size());
        };
        observer.applied = [this](rule_change const& change) { log(change); };
        return observer;
    }

    void log(rule_change const& change) {
        auto const id = escape_for_terminal(change.rule_id);
        if (change.what() == rule_change::kind::definition) {
            log_.info("revision {}: rule {} {}", change.revision, id, change.definition() ? "is live" : "was deleted");
            return;
        }
        auto const& state = change.state();
        auto const expired = change.cause == rule_change::origin::expiry;
        log_.info("revision {}: rule {} is {}{}{}", change.revision, id, to_string(state.status),
                  expired ? " again, its state expired" : "",
                  state.set_by.empty() ? "" : " by " + escape_for_terminal(state.set_by));
    }

    void log(diagnostic const& finding) {
        auto const text = to_text(finding);
        auto const line = text.substr(0, text.find('\n'));
        log_.log(finding.level == severity::error ? spdlog::level::err : spdlog::level::warn, "{}", line);
    }

    asio::awaitable<void> stop_on_signal() {
        asio::signal_set signals(loop_, SIGINT, SIGTERM);
        boost::system::error_code cancelled;
        auto const number = co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        if (cancelled)
            co_return;
        log_.info("signal {}: finishing what was read", number);
        stopping_ = true;
        if (current_ != nullptr)
            current_->stop();
    } // from here on a second signal ends the process at once

    asio::awaitable<void> read_inputs() {
        auto output = byte_stream::writing(loop_.get_executor(), time_);
        ndjson_tag_sink printed(output);
        std::optional<database_tag_sink> stored;
        if (!options_.store.empty())
            stored.emplace(database_.get_executor(), parse_database_url(options_.store), printed);
        tag_sink* const sink = stored ? static_cast<tag_sink*>(&*stored) : &printed;
        progress_line line;
        for (auto const& path : options_.inputs) {
            if (stopping_)
                break;
            auto const end = options_.once ? byte_stream::at_end::stop : byte_stream::at_end::follow;
            auto input = byte_stream::reading(loop_.get_executor(), time_, path, end);
            current_ = &input;
            event_reader reader(options_.format);
            ingest_pipeline pipeline{rules_, time_, {sink}, {}};
            if (line.is_shown() && !is_terminal(stream::output))
                pipeline.progress = input_progress(line, time_, input, summary_.bytes);
            co_await ingest(input, reader, pipeline, summary_);
            current_ = nullptr;
        }
        tasks_.cancel();
    }

    asio::io_context& loop_;
    asio::thread_pool& database_;
    run_options const& options_;
    spdlog::logger log_;
    system_time_source time_;
    engine rules_;
    ingest_summary summary_;
    byte_stream* current_ = nullptr;
    bool stopping_ = false;
    task_group tasks_;
};

exit_code run(run_options const& options) {
    if (options.store.empty() && options.rules.empty()) {
        complain("give --store URL, --rules DIR, or both");
        return exit_code::usage;
    }
    asio::thread_pool database{2};
    asio::io_context loop{1};
    service host(loop, database, options);
    std::exception_ptr problem;
    asio::co_spawn(loop, host.run(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    std::cerr << to_text(host.summary());
    if (problem)
        std::rethrow_exception(problem);
    return exit_code::ok;
}

} // namespace

void add_run(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<run_options>();
    auto* const command = program.add_subcommand("run", "Evaluate events as they come, with rules that stay live");
    add_store_option(*command, options->store);
    command->add_option("--rules", options->rules, "Directory of rule files; with --store they are brought into the store");
    command->add_option("--state-file", options->state_file, "Where states survive a restart when there is no store");
    command->add_option("--input", options->inputs, "Files of events, one a line; - is standard input")
        ->capture_default_str();
    add_format_option(*command, options->format);
    command->add_flag("--once", options->once, "Stop at the end of the files instead of waiting for more");
    command->footer("Example: tail -F cowrie.json | rulehost run --rules rules --input -\n"
                    "SIGTERM and SIGINT finish what was read and end the run; a second one ends it at once.");
    command->callback([options, &result] { result = run(*options); });
}

} // namespace rulehost::cli
