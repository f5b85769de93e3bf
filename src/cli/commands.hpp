#pragma once

namespace CLI {
class App;
}

namespace rulehost::cli {

/// Exit code of the process.
enum class exit_code {
    ok = 0,
    findings = 1, ///< the answer is "no": invalid rules, failed tests, a rejected state, differences, an unknown rule
    usage = 2,    ///< the command line is wrong
    environment = 3, ///< a file, a database or the network failed
};

/// Each adds one command to `program`; if given, it runs at the end of parsing and sets `result`. An exception that
/// escapes it means an environment error and is reported on standard error.
void add_bench(CLI::App& program, exit_code& result);
void add_check(CLI::App& program, exit_code& result);
void add_diff(CLI::App& program, exit_code& result);
void add_eval(CLI::App& program, exit_code& result);
void add_explain(CLI::App& program, exit_code& result);
void add_export(CLI::App& program, exit_code& result);
void add_rules(CLI::App& program, exit_code& result);
void add_rules_digest(CLI::App& rules, exit_code& result);   ///< to `rulehost rules`
void add_rules_diff(CLI::App& rules, exit_code& result);     ///< to `rulehost rules`
void add_rules_log(CLI::App& rules, exit_code& result);      ///< to `rulehost rules`
void add_rules_rollback(CLI::App& rules, exit_code& result); ///< to `rulehost rules`
void add_rules_unpin(CLI::App& rules, exit_code& result);    ///< to `rulehost rules`
void add_rules_top(CLI::App& rules, exit_code& result);      ///< to `rulehost rules`
void add_rollout(CLI::App& program, exit_code& result);
void add_run(CLI::App& program, exit_code& result);
void add_schema(CLI::App& program, exit_code& result);
void add_session(CLI::App& program, exit_code& result);
void add_shell(CLI::App& program, exit_code& result);
void add_state(CLI::App& program, exit_code& result);
void add_store(CLI::App& program, exit_code& result);
void add_sync(CLI::App& program, exit_code& result);
void add_tags(CLI::App& program, exit_code& result);
void add_tags_retract(CLI::App& tags, exit_code& result); ///< to `rulehost tags`
void add_report(CLI::App& program, exit_code& result);
void add_coverage(CLI::App& program, exit_code& result);
void add_tail(CLI::App& program, exit_code& result);
void add_test(CLI::App& program, exit_code& result);
void add_withheld(CLI::App& program, exit_code& result);
void add_workers(CLI::App& program, exit_code& result);

} // namespace rulehost::cli
