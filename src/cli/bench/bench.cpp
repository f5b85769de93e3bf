#include "cli/bench/bench.hpp"

#include <CLI/CLI.hpp>

namespace rulehost::cli {

void add_bench(CLI::App& program, exit_code& result) {
    auto* const command = program.add_subcommand("bench", "Measure this machine with your rules and your events");
    command->require_subcommand(1);
    command->footer("Example: rulehost bench evaluate --rules rules cowrie.json");
    add_bench_tags(*command, result);
    add_bench_evaluate(*command, result);
    add_bench_propagation(*command, result);
    add_bench_reload(*command, result);
    add_bench_worst(*command, result);
}

} // namespace rulehost::cli
