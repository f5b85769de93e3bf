#include "cli/store/rollout_wait.hpp"

#include "cli/terminal.hpp"
#include "text/plural.hpp"
#include "time/whole_seconds.hpp"

#include <algorithm>
#include <iostream>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr duration pause_between_looks = std::chrono::milliseconds{100};

} // namespace

asio::awaitable<rollout_outcome> wait_for_rollout(database_rule_store& store, time_source& time, revision wanted,
                                                  duration timeout, rollout::gone_workers gone) {
    auto const end = time.elapsed() + timeout;
    for (;;) {
        rollout_outcome outcome;
        outcome.workers = co_await store.list_workers();
        outcome.is_complete = rollout_of(outcome.workers, wanted).is_complete(gone);
        auto const left = end - time.elapsed();
        if (outcome.is_complete || left <= duration::zero())
            co_return outcome;
        co_await time.pause(std::min(pause_between_looks, left));
    }
}

std::string summary_of(rollout const& found, worker_list const& workers) {
    auto text = std::to_string(found.current.size()) + " of " + plural(workers.rows.size(), "worker") +
        (workers.rows.size() == 1 ? " has it" : " have it");
    for (auto const* const each : found.behind)
        text += "; " + each->worker + (each->revision > workers.newest ? " is ahead of the store" : " is behind") +
            " (revision " + std::to_string(each->revision) + ")";
    for (auto const* const each : found.gone)
        text += "; " + each->worker + " is gone (last seen " + whole_seconds(each->seen_at) + ")";
    return text;
}

exit_code report_rollout(rollout_outcome const& outcome, revision wanted) {
    if (outcome.workers.rows.empty()) {
        complain("no worker follows the store");
        return exit_code::findings;
    }
    auto const text =
        "revision " + std::to_string(wanted) + ": " + summary_of(rollout_of(outcome.workers, wanted), outcome.workers);
    if (!outcome.is_complete) {
        complain(text);
        return exit_code::findings;
    }
    std::cerr << "rulehost: " << escape_for_terminal(text) << std::endl;
    return exit_code::ok;
}

} // namespace rulehost::cli
