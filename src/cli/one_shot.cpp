#include "cli/one_shot.hpp"

#include "cli/input_options.hpp"
#include "cli/terminal.hpp"
#include "cli/value_checks.hpp"
#include "sql/session/call_watch.hpp"
#include "sql/session/database_url.hpp"
#include "sql/session/sqlite_file.hpp"

#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_tests.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/worker_threads.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr auto last_call = std::chrono::seconds{1};
constexpr auto store_variable = "RULEHOST_STORE";

/// One task, and the signals that end it early.
class interruptible_task {
public:
    /// `calls`: database calls, which are cut off at the end.
    explicit interruptible_task(asio::io_context& loop, std::shared_ptr<call_watch> calls = {})
        : calls_(std::move(calls)), signals_(loop, SIGINT, SIGTERM), tasks_(loop.get_executor()) {}

    template <class Store>
    asio::awaitable<exit_code> run(Store& store, time_source& time, store_task<Store> const& task) {
        tasks_.spawn("signals", wait_for_signal());
        tasks_.spawn("command", do_task(store, time, task));
        co_await tasks_.join();
        co_return result_;
    }

private:
    asio::awaitable<void> wait_for_signal() {
        boost::system::error_code ended;
        co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        if (ended)
            co_return;
        if (calls_)
            calls_->shut_down(last_call);
        tasks_.cancel();
    }

    template <class Store>
    asio::awaitable<void> do_task(Store& store, time_source& time, store_task<Store> const& task) {
        result_ = co_await task(store, time);
        // Cancels the signals only: Asio throws out of the loop when a coroutine that never waited cancels itself.
        signals_.cancel();
    }

    std::shared_ptr<call_watch> calls_;
    asio::signal_set signals_;
    task_group tasks_;
    exit_code result_ = exit_code::ok;
};

asio::awaitable<void> on_database(asio::io_context& loop, worker_threads& database, time_source& time,
                                  std::string const& url, database_access access,
                                  store_task<database_rule_store> const& task, exit_code& result) {
    database_store_options options;
    options.url = url;
    options.access = access;
    options.admit = run_rule_tests;
    options.calls = std::make_shared<call_watch>();
    options.log = [](std::string const& line) { std::cerr << "rulehost: " << escape_for_terminal(line) << std::endl; };
    database_rule_store store(loop.get_executor(), database.get_executor(), time, options);
    interruptible_task interruptible(loop, options.calls);
    result = co_await interruptible.run(store, time, task);
}

asio::awaitable<void> on_directory(asio::io_context& loop, time_source& time, std::string const& directory,
                                   store_task<rule_store> const& task, exit_code& result) {
    filesystem_store_options options;
    options.directory = directory;
    options.admit = run_rule_tests;
    options.report = report_finding;
    filesystem_rule_store store(loop.get_executor(), time, options);
    interruptible_task interruptible(loop);
    result = co_await interruptible.run<rule_store>(store, time, task);
}

void run_to_end(asio::io_context& loop, asio::awaitable<void> whole) {
    std::exception_ptr problem;
    asio::co_spawn(loop, std::move(whole), [&problem](std::exception_ptr failure) { problem = failure; });
    loop.run();
    if (problem)
        std::rethrow_exception(problem);
}

} // namespace

void require_existing(std::string const& url) {
    auto const target = parse_database_url(url);
    if (target.kind == database_kind::sqlite && !target.in_memory() && !std::filesystem::exists(target.path))
        throw std::runtime_error(target.display() + ": no such database; `rulehost sync` or `rulehost run` creates it");
}

std::string notice_of_new_store(std::string const& url) {
    auto const target = parse_database_url(url);
    std::error_code unknown;
    if (target.kind != database_kind::sqlite || target.in_memory() || std::filesystem::exists(target.path, unknown))
        return {};
    if (auto const why = missing_directory_of(target.path); !why.empty())
        throw std::runtime_error(target.display() + ": " + why);
    return "a new store is made: " + std::filesystem::absolute(target.path).lexically_normal().string();
}

CLI::Option* add_store_option(CLI::App& command, std::string& url) {
    auto const is_store = [](std::string const& text) -> std::string {
        // CLI11 reads the variable for commands that were not given and options that do not matter: it is checked on use.
        if (auto const* const exported = std::getenv(store_variable); exported && text == exported)
            return {};
        try {
            parse_database_url(text);
            return {};
        } catch (std::invalid_argument const& problem) {
            return problem.what();
        }
    };
    return command
        .add_option("--store", url,
                    "Database: sqlite:PATH, postgresql://user:pw@host:port/db, mariadb://user:pw@host:port/db")
        ->envname(store_variable)
        ->check(CLI::Validator(is_store, ""));
}

CLI::Option* add_rule_source(CLI::App& command, std::string& directory, std::string& url) {
    auto* const source = command.add_option_group("source", "Where the rules are");
    auto* const rules = source->add_option("--rules", directory, "Directory of rule files");
    auto* const store = add_store_option(*source, url);
    source->require_option(1);
    // CLI11 counts the environment as a given option; it reads the environment after the arguments.
    rules->each([store](std::string const&) { store->envname(""); })->trigger_on_parse();
    return rules;
}

void require_options_behind(CLI::App& subcommand, CLI::App& command) {
    // Runs before CLI11 reads the environment, which counts as a given option too.
    subcommand.preparse_callback([&subcommand, &command](std::size_t) {
        for (auto const* each : command.get_options())
            if (each != command.get_help_ptr() && each->count() > 0)
                throw CLI::ValidationError(
                    each->get_name(), "put options behind `" + command.get_name() + " " + subcommand.get_name() + "`");
    });
}

CLI::Validator as_revision() {
    constexpr auto max = std::numeric_limits<std::int64_t>::max(); // databases have signed integers
    return as_number(std::int64_t{0}, max, "a revision such as 42", "");
}

CLI::Validator is_not_blank() {
    auto const check = [](std::string const& text) {
        return text.find_first_not_of(" \t\r\n") == text.npos ? "takes no blank text" : "";
    };
    return CLI::Validator(check, "");
}

exit_code run_on_database(std::string const& url, database_access access, store_task<database_rule_store> task) {
    if (access != database_access::create)
        require_existing(url);
    else if (auto const notice = notice_of_new_store(url); !notice.empty())
        std::cerr << "rulehost: " << escape_for_terminal(notice) << std::endl;
    system_time_source time;
    asio::io_context loop{1};
    worker_threads database{1}; // ends first: its last post may still be waking the loop
    auto result = exit_code::ok;
    run_to_end(loop, on_database(loop, database, time, url, access, task, result));
    return result;
}

exit_code run_on_directory(std::string const& directory, store_task<rule_store> task) {
    system_time_source time;
    asio::io_context loop{1};
    auto result = exit_code::ok;
    run_to_end(loop, on_directory(loop, time, directory, task, result));
    return result;
}

} // namespace rulehost::cli
