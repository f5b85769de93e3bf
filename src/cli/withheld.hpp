#pragma once

#include <rulehost/decision.hpp>

#include <cstddef>
#include <string>

namespace rulehost::cli {

/// Makes the tags that the decision withheld tags of the store at `url`, with messages where somebody consumes them. Shows
/// progress on a terminal. Returns how many. Throws database_error; may be repeated.
std::size_t release_withheld(std::string const& url, decision_id id);

} // namespace rulehost::cli
