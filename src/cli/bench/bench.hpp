#pragma once

#include "cli/commands.hpp"

namespace rulehost::cli {

/// Each adds one measurement to `rulehost bench`, as the commands of commands.hpp are added to the program.
void add_bench_tags(CLI::App& bench, exit_code& result);
void add_bench_evaluate(CLI::App& bench, exit_code& result);
void add_bench_propagation(CLI::App& bench, exit_code& result);
void add_bench_reload(CLI::App& bench, exit_code& result);
void add_bench_worst(CLI::App& bench, exit_code& result);

} // namespace rulehost::cli
