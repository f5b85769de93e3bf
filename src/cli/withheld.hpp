#pragma once

#include <rulehost/decision.hpp>

#include <string>

namespace rulehost::cli {

/// Makes the tags that the decision withheld tags of the store at `url`, with messages where somebody consumes them, unless
/// another decision withholds them. Reports on standard error how many. False: there were none. Throws database_error and
/// `store_unavailable`; may be repeated.
bool release_withheld(std::string const& url, decision_id id);

/// Makes the tags that one decision withheld those of the other, which takes its place. Throws database_error.
void hand_over_withheld(std::string const& url, decision_id from, decision_id to);

} // namespace rulehost::cli
