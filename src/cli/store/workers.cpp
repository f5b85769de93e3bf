#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/length_option.hpp"
#include "cli/one_shot.hpp"
#include "cli/store/rollout_wait.hpp"
#include "cli/terminal.hpp"
#include "store/database/process_name.hpp"
#include "store/database/rollout.hpp"
#include "text/number.hpp"
#include "time/whole_seconds.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <set>
#include <string>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t shown_digest = 8;

struct workers_options {
    std::string store;
    std::string worker; ///< of `forget`
    std::string wanted = "latest";
    duration timeout = std::chrono::seconds{30};
    bool ignore_gone = false;
    bool json = false;
    bool waits = false;
};

std::string ago(time_point then, time_point now) {
    return format_roughly(std::max(duration::zero(), now - then)) + " ago";
}

void print(worker_list const& workers, revision wanted, workers_options const& options) {
    data_output output;
    listing rows(output, listing::form_of(options.json),
                 {"WORKER", "HOST", "STATE", "REVISION", "RULES", "QUARANTINED", "DIGEST", "SEEN",
                  time_column("UP SINCE"), "VERSION"});
    std::set<std::string> warnings;
    for (auto const& row : workers.rows) {
        std::string state(to_string(standing_of(row, workers, wanted)));
        if (row.stale_since && state == "current")
            state = "stale";
        auto const* const namesake = namesake_of(row, workers);
        if (namesake && namesake->process < row.process)
            warnings.insert("two processes run as worker " + row.worker + ": " + readable_process(namesake->process) +
                            " and " + readable_process(row.process) + "; give each a name of its own (--worker)");
        boost::json::object record{{"worker", row.worker},
                                   {"host", row.host},
                                   {"process", row.process},
                                   {"state", state},
                                   {"revision", row.revision},
                                   {"newest", workers.newest},
                                   {"rules", row.rules},
                                   {"quarantined", row.quarantined},
                                   {"digest", row.digest},
                                   {"seen_at", format_time(row.seen_at)},
                                   {"started_at", format_time(row.started_at)},
                                   {"stale_since", nullptr},
                                   {"shares_name", namesake != nullptr},
                                   {"version", row.version}};
        if (row.stale_since)
            record["stale_since"] = format_time(*row.stale_since);
        rows.add({row.worker, row.host, namesake ? state + ", name shared" : state, std::to_string(row.revision),
                  std::to_string(row.rules), std::to_string(row.quarantined), row.digest.substr(0, shown_digest),
                  ago(row.seen_at, workers.now), whole_seconds(row.started_at), row.version},
                 record);
    }
    rows.finish();
    for (auto const& line : warnings)
        std::cerr << "rulehost: warning: " << escape_for_terminal(line) << std::endl;
}

/// Reports workers that disagree; findings: there are some. A second check ignores a momentary difference, such as a
/// state that has just expired.
asio::awaitable<exit_code> judge(database_rule_store& store, time_source& time, worker_list const& workers) {
    if (disagreements_in(workers).empty())
        co_return exit_code::ok;
    co_await time.pause(std::chrono::seconds{1});
    auto const later = co_await store.list_workers();
    auto const lines = disagreements_in(later);
    for (auto const& line : lines)
        complain(line);
    co_return lines.empty() ? exit_code::ok : exit_code::findings;
}

asio::awaitable<exit_code> list(database_rule_store& store, time_source& time, workers_options const& options) {
    auto const workers = co_await store.list_workers();
    print(workers, workers.newest, options);
    auto const found = rollout_of(workers, workers.newest);
    std::cerr << "rulehost: the store is at revision " << workers.newest << "; "
              << (workers.rows.empty() ? "no worker follows it" : escape_for_terminal(summary_of(found, workers)))
              << std::endl;
    auto const agreement = co_await judge(store, time, workers);
    co_return agreement;
}

asio::awaitable<exit_code> remove_gone(database_rule_store& store, workers_options const& options) {
    auto const count = co_await store.remove_gone_worker(options.worker);
    if (count == 0) {
        complain("no process of the worker '" + options.worker + "' is gone; nothing was changed");
        co_return exit_code::findings;
    }
    co_return exit_code::ok;
}

asio::awaitable<exit_code> roll_out(database_rule_store& store, time_source& time, workers_options const& options) {
    auto const first = co_await store.list_workers();
    auto const wanted = options.wanted == "latest" ? first.newest : *parse_number<revision>(options.wanted);
    if (wanted > first.newest) {
        complain("the store is at revision " + std::to_string(first.newest) + ", and " + options.wanted +
                 " is still to come");
        co_return exit_code::findings;
    }
    auto const gone = options.ignore_gone ? rollout::gone_workers::ignore : rollout::gone_workers::count;
    auto const timeout = options.waits ? options.timeout : duration::zero();
    auto const done = co_await wait_for_rollout(store, time, wanted, timeout, gone);
    print(done.workers, wanted, options);
    auto const verdict = report_rollout(done, wanted);
    auto const agreement = co_await judge(store, time, done.workers);
    co_return verdict == exit_code::ok ? agreement : verdict;
}

using workers_options_ptr = std::shared_ptr<workers_options>;

void add_rollout_action(CLI::App& rollout, std::string const& name, std::string const& what,
                        workers_options_ptr const& options, exit_code& result) {
    auto* const command = rollout.add_subcommand(name, what);
    add_store_option(*command, options->store)->required();
    auto const is_wanted = [](std::string const& text) {
        return text == "latest" || parse_number<std::int64_t>(text).value_or(-1) >= 0
            ? std::string()
            : "takes a revision such as 42, or latest, not '" + text + "'";
    };
    command->add_option("--revision", options->wanted, "The revision that every worker has to have, or latest")
        ->check(CLI::Validator(is_wanted, ""))
        ->capture_default_str();
    command->add_flag("--ignore-gone", options->ignore_gone, "Do not count workers without a sign of life for 15 s");
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    if (options->waits)
        add_length_option(*command, "--timeout", options->timeout, "30s or 2m", "How long to wait: 30s, 2m");
    command->callback([options, &result] {
        result = run_on_database(
            options->store, database_access::read,
            [options](database_rule_store& store, time_source& time) { return roll_out(store, time, *options); });
    });
    command->footer("Example: rulehost rollout " + name +
                    " --store postgresql://rulehost@db/rulehost\n"
                    "Exit code 1: some worker does not have it, is gone, or disagrees with another one.");
}

} // namespace

void add_workers(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<workers_options>();
    auto* const command = program.add_subcommand(
        "workers", "List the processes that follow a store, and which rules and decisions each of them runs");
    auto* const location = add_store_option(*command, options->store);
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("Example: rulehost workers --store postgresql://rulehost@db/rulehost\n"
                    "A worker is gone after 15 s without a sign of life. Exit code 1: two workers at one revision have "
                    "different rules or states.");
    auto* const forget_command =
        command->add_subcommand("forget", "Remove a worker that is gone and does not come back");
    auto const forget_options = std::make_shared<workers_options>();
    add_store_option(*forget_command, forget_options->store)->required();
    forget_command->add_option("WORKER", forget_options->worker, "Its name")->required();
    forget_command->footer("Example: rulehost workers forget sensor-7 --store postgresql://rulehost@db/rulehost");
    forget_command->callback([forget_options, &result] {
        result = run_on_database(
            forget_options->store, database_access::existing,
            [forget_options](database_rule_store& store, time_source&) { return remove_gone(store, *forget_options); });
    });
    command->callback([options, command, location, &result] {
        if (!command->get_subcommands().empty())
            return;
        if (options->store.empty())
            throw CLI::RequiredError(location->get_name());
        result = run_on_database(
            options->store, database_access::read,
            [options](database_rule_store& store, time_source& time) { return list(store, time, *options); });
    });
}

void add_rollout(CLI::App& program, exit_code& result) {
    auto* const command =
        program.add_subcommand("rollout", "Whether every worker of a store has a revision of the rules and decisions");
    command->require_subcommand(1);
    auto const waiting = std::make_shared<workers_options>();
    waiting->waits = true;
    add_rollout_action(*command, "wait", "Wait until every worker has it", waiting, result);
    add_rollout_action(*command, "status", "Say which workers have it now", std::make_shared<workers_options>(),
                       result);
}

} // namespace rulehost::cli
