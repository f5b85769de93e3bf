#pragma once

#include "cli/commands.hpp"
#include "store/database/rollout.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace rulehost::cli {

/// Where the workers were when the wait ended.
struct rollout_outcome {
    worker_list workers;
    bool is_complete = false;
};

/// Polls the workers every 100 ms until all have `wanted`, at most for `timeout`. Throws `store_unavailable`.
boost::asio::awaitable<rollout_outcome> wait_for_rollout(database_rule_store& store, time_source& time, revision wanted,
                                                         duration timeout, rollout::gone_workers gone);

/// "3 of 4 workers have it; w2 is behind (revision 41)". Not escaped.
std::string summary_of(rollout const& found, worker_list const& workers);

/// Reports the outcome on standard error. Findings: not every worker has it.
exit_code report_rollout(rollout_outcome const& outcome, revision wanted);

} // namespace rulehost::cli
