#pragma once

#include "cli/state/selection.hpp"
#include "cli/state/state_options.hpp"

#include <rulehost/decision.hpp>

#include <boost/asio/awaitable.hpp>

namespace rulehost::cli {

/// The decision that a person's words and times ask for, as the store and the policy allow it.
struct asked_decision {
    exit_code result = exit_code::ok; ///< another one: it is refused, and the reason was printed
    decision wanted;
    selection chosen;
    time_point now{}; ///< of the store
};

/// Throws `store_unavailable`.
boost::asio::awaitable<asked_decision> read_asked_decision(database_rule_store& store, state_options const& options);

} // namespace rulehost::cli
