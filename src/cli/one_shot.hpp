#pragma once

#include "cli/commands.hpp"

#include <rulehost/database_access.hpp>
#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_store.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace CLI {
class App;
class Option;
class Validator;
} // namespace CLI

namespace rulehost::cli {

/// `--store URL`, or RULEHOST_STORE in the environment, which keeps a password off the command line. A malformed
/// URL is a usage error.
CLI::Option* add_store_option(CLI::App& command, std::string& url);

/// `--rules DIR` or `--store URL`: exactly one. A given directory overrides the store of the environment. Returns the
/// option of the directory.
CLI::Option* add_rule_source(CLI::App& command, std::string& directory, std::string& url);

/// Refuses options of `command` in front of its subcommand, which has options of the same names.
void require_options_behind(CLI::App& subcommand, CLI::App& command);

/// Transforms revisions as `as_number` does numbers: CLI11 would convert a negative number to a large one.
CLI::Validator as_revision();

/// Accepts only text with a visible character.
CLI::Validator is_not_blank();

/// The work of a command on a store while its loop runs.
template <class Store>
using store_task = std::function<boost::asio::awaitable<exit_code>(Store&, time_source&)>;

/// Throws std::runtime_error if `url` names a missing SQLite file.
void require_existing(std::string const& url);

/// Notice that a new store is created if `url` names a missing SQLite file; else empty. Throws std::runtime_error if
/// its directory is missing too.
std::string notice_of_new_store(std::string const& url);

/// Opens the database, runs `task` on a loop of its own with database calls on another thread, and returns its result.
/// A missing SQLite file is an error unless `access` allows to create it. SIGINT and SIGTERM end a waiting task
/// cleanly. Rethrows what the task throws; std::runtime_error for a database that is rejected.
exit_code run_on_database(std::string const& url, database_access access, store_task<database_rule_store> task);

/// The same for the rules of a directory; findings go to standard error. Rules that fail their own tests are
/// quarantined as in the service.
exit_code run_on_directory(std::string const& directory, store_task<rule_store> task);

} // namespace rulehost::cli
