#include "cli/commands.hpp"
#include "cli/input_options.hpp"
#include "cli/one_shot.hpp"
#include "cli/rules/rule_sources.hpp"
#include "cli/terminal.hpp"
#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_sync.hpp>
#include <rulehost/rule_tests.hpp>
#include <rulehost/task_group.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/this_coro.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

struct sync_command_options {
    std::string rules;
    std::string store;
    bool once = false;
    bool allow_deletions = false;
    duration lease = rule_sync_options().lease;
};

asio::awaitable<exit_code> one_pass(sync_from_filesystem& master, progress_line& progress) {
    auto const done = co_await master.synchronise();
    progress.clear();
    if (!done) {
        complain("another master holds the lease; it does the work, or repeat this when it is gone");
        co_return exit_code::findings;
    }
    std::cerr << plural(done->written, "rule") << " written, " << done->deleted << " deleted, " << done->unchanged
              << " unchanged, " << (done->pinned == 0 ? "" : std::to_string(done->pinned) + " pinned, ")
              << done->skipped_invalid << " quarantined";
    if (done->withheld > 0)
        std::cerr << ", " << plural(done->withheld, "deletion") << " withheld";
    if (done->refused > 0)
        std::cerr << ", " << done->refused << " refused by the database";
    std::cerr << std::endl;
    co_return done->skipped_invalid + done->withheld + done->refused == 0 ? exit_code::ok : exit_code::findings;
}

asio::awaitable<exit_code> synchronise(database_rule_store& database, time_source& time,
                                       sync_command_options const& options) {
    auto const executor = co_await asio::this_coro::executor;
    filesystem_store_options from;
    from.directory = options.rules;
    from.allow_deletions = true; // the master guards the store, across restarts
    from.admit = run_rule_tests;
    from.report = report_finding;
    filesystem_rule_store files(executor, time, from);
    rule_sync_options how;
    how.lease = options.lease;
    progress_line progress;
    how.log = [&progress](std::string const& line) {
        progress.clear();
        std::cerr << "rulehost: " << escape_for_terminal(line) << std::endl;
    };
    how.allow_deletions = options.allow_deletions;
    how.error = [&progress](std::string const& line) {
        progress.clear();
        complain(line);
    };
    how.progress = [&progress](std::size_t done, std::size_t all) {
        progress.show(std::to_string(done) + " of " + plural(all, "rule") + " synchronised");
    };
    sync_from_filesystem master(files, database, time, how);
    if (options.once)
        co_return co_await one_pass(master, progress);
    task_group tasks(executor);
    tasks.spawn("files", files.run());
    tasks.spawn("master", master.run());
    co_await tasks.join();
    co_return exit_code::ok;
}

} // namespace

void add_sync(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<sync_command_options>();
    auto* const command =
        program.add_subcommand("sync", "Write the rules of a directory to a store and keep it in sync");
    command->add_option("--rules", options->rules, "Directory of rule files")->required();
    add_store_option(*command, options->store)->required();
    command->add_flag("--once", options->once,
                      "One pass; exit code 1 if invalid texts are quarantined, deletions withheld"
                      " or rules rejected");
    command->add_flag(
        "--allow-deletions", options->allow_deletions,
        "Carries out deletions that look like an accident: all rules, or over ten and over a third of them");
    auto const take_lease = [options](std::string const& text) {
        auto const length = parse_duration(text);
        if (!length || *length < std::chrono::seconds{1})
            throw CLI::ValidationError("--lease", "takes a duration of a second or more, such as 15s");
        options->lease = *length;
    };
    command->add_option_function<std::string>("--lease", take_lease,
                                              "How long after the death of a master another one takes over; 15s");
    command->footer("Example: rulehost sync --once --rules rules --store sqlite:var/rulehost.db\n"
                    "An invalid text leaves the store's rule unchanged. SIGINT and SIGTERM end it.");
    command->callback([options, &result] {
        result = run_on_database(
            options->store, database_access::create,
            [options](database_rule_store& store, time_source& time) { return synchronise(store, time, *options); });
    });
}

} // namespace rulehost::cli
