#pragma once

#include "cli/commands.hpp"

namespace rulehost::cli {

void add_store_backup(CLI::App& store, exit_code& result);
void add_store_restore(CLI::App& store, exit_code& result);
void add_store_check(CLI::App& store, exit_code& result);

} // namespace rulehost::cli
