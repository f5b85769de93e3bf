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

/// `--rules DIR` or `--store URL`: exactly one. A directory that is given overrides the store of the environment.
/// Returns the option of the directory.
CLI::Option* add_rule_source(CLI::App& command, std::string& directory, std::string& url);

/// Takes a revision and nothing else: CLI11 by itself makes a large one of a negative number.
CLI::Validator is_revision();

/// The work of a command on a store while its loop runs.
template <class Store>
using store_task = std::function<boost::asio::awaitable<exit_code>(Store&, time_source&)>;

/// Throws std::runtime_error where `url` names a file of SQLite that is not there.
void require_existing(std::string const& url);

/// Says that a new store is made where `url` names a file of SQLite that is not there; else empty. Throws
/// std::runtime_error where its directory is not there either.
std::string notice_of_new_store(std::string const& url);

/// Opens the database, runs `task` to its end on a loop of its own with database calls on a thread beside it, and
/// returns what it came to. A file of SQLite that is not there is a mistyped name unless it may be created. SIGINT and
/// SIGTERM end a task that waits, and are a clean end. Rethrows what the task throws; std::runtime_error for a database
/// that is refused.
exit_code run_on_database(std::string const& url, database_access access, store_task<database_rule_store> task);

/// The same for the rules of a directory; findings go to standard error. Rules that fail their own tests are
/// quarantined as in the service.
exit_code run_on_directory(std::string const& directory, store_task<rule_store> task);

} // namespace rulehost::cli
