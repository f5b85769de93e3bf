#include "cli/commands.hpp"
#include "cli/one_shot.hpp"
#include "cli/store/backup.hpp"
#include "cli/terminal.hpp"
#include "sql/session/schema.hpp"
#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace rulehost::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 1s;
constexpr auto line_interval = 10s; // where progress goes to a log
constexpr auto retry_pause = 5s;

struct upgrade_options {
    std::string store;
    bool dry_run = false;
};

void say(std::string const& line) {
    std::cerr << "rulehost: " << escape_for_terminal(line) << std::endl;
}

/// Progress of a build, if the server reports it.
std::string progress_of(session& watching) {
    auto const query = watching.dialect().build_progress;
    if (query.empty())
        return {};
    try {
        auto const rows = watching.query(query, 1);
        auto const percent = rows.empty() ? std::nullopt : rows.front()[0];
        return percent && *percent != "0" ? ", " + *percent + " %" : "";
    } catch (database_error const&) {
        return {}; // without the privilege only the elapsed time is shown
    }
}

/// Builds an index on its own thread and reports the progress.
void build(session& building, session& watching, large_index const& index) {
    using clock = std::chrono::steady_clock;
    auto done = std::async(std::launch::async, [&] { build_index(building, index); });
    auto const begin = clock::now();
    auto last_line = begin;
    progress_line line;
    while (done.wait_for(look_interval) == std::future_status::timeout) {
        auto const passed = std::chrono::floor<std::chrono::seconds>(clock::now() - begin);
        auto const text =
            "index " + std::string(index.name) + ": " + std::to_string(passed.count()) + " s" + progress_of(watching);
        line.show(text);
        if (!line.is_shown() && clock::now() - last_line >= line_interval) {
            last_line = clock::now();
            say(text);
        }
    }
    line.clear();
    done.get();
    say("index " + std::string(index.name) + " is built");
}

/// Builds an index. If a long transaction blocks the table, lets waiting writers pass and retries.
void build_with_retries(session& building, session& watching, large_index const& index) {
    std::string last_problem;
    for (;;) {
        std::string problem;
        try {
            build(building, watching, index);
            return;
        } catch (database_error const& error) {
            if (error.what_kind() != database_error::kind::busy)
                throw;
            problem = error.what();
        }
        if (std::exchange(last_problem, problem) != problem)
            say("index " + std::string(index.name) + " waits: " + problem);
        std::this_thread::sleep_for(retry_pause);
    }
}

void describe(session& on, large_index const& index) {
    auto const rows = count_rows(on, index.table, 100 * max_rows_of_unasked_change);
    say("index " + std::string(index.name) + " of " + std::string(index.table) + " (" + plural(rows, "row") +
        ") is missing");
}

exit_code upgrade(upgrade_options const& options) {
    auto const url = parse_database_url(options.store);
    require_existing(options.store);
    try {
        session_options without_deadline;
        without_deadline.access = options.dry_run ? database_access::read : database_access::existing;
        without_deadline.calls = session_options::deadlines::none;
        open_to_read(url, 1);
        session building(url, without_deadline);
        session watching(url, {.access = database_access::read});
        auto const version = schema_version(building);
        auto const known = building.dialect().schema.size();
        if (version < known) {
            say("the tables have version " + std::to_string(version) + ", this program brings them to version " +
                std::to_string(known));
            if (options.dry_run)
                return exit_code::findings;
            migrate_schema(building);
        }
        auto const missing = missing_indexes(building);
        for (auto const& index : missing) {
            describe(building, index);
            if (!options.dry_run)
                build_with_retries(building, watching, index);
        }
        if (options.dry_run && !missing.empty())
            return exit_code::findings;
        say(url.display() + " is up to date");
        return exit_code::ok;
    } catch (database_error const& error) { // adds the name of the store
        throw std::runtime_error(url.display() + ": " + error.what());
    }
}

} // namespace

void add_store(CLI::App& program, exit_code& result) {
    auto* const command = program.add_subcommand("store", "Back up, restore, check or upgrade a store");
    command->require_subcommand(1);
    auto const options = std::make_shared<upgrade_options>();
    auto* const added =
        command->add_subcommand("upgrade", "Bring the tables to the version of this program, however large they are");
    add_store_option(*added, options->store)->required();
    added->add_flag("--dry-run", options->dry_run, "Print the steps and change nothing; exit code 1 if there are any");
    added->footer(
        "Example: rulehost store upgrade --store sqlite:var/rulehost.db\n"
        "Workers go on meanwhile: PostgreSQL and MariaDB build an index while tags are stored; on SQLite\n"
        "tags wait until it is built. May be interrupted; the index of that moment is built again as a whole.");
    added->callback([options, &result] { result = upgrade(*options); });
    add_store_backup(*command, result);
    add_store_restore(*command, result);
    add_store_check(*command, result);
}

} // namespace rulehost::cli
