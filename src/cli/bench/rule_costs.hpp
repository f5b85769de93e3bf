#pragma once

#include <rulehost/engine.hpp>
#include <rulehost/event.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rulehost::cli {

struct rule_cost {
    std::string rule_id; ///< empty: finding the candidate rules, a shared cost
    double share = 0;    ///< of the evaluation time
    double nanoseconds_per_event = 0;
    std::uint64_t evaluations = 0;
    std::uint64_t matches = 0;
    std::uint64_t failures = 0;
};

/// Cost of each rule over `events`, worst first, at most `max_rules`: every evaluation is measured.
std::vector<rule_cost> costs_of(rule_snapshot const& rules, std::vector<event> const& events, std::size_t max_rules);

} // namespace rulehost::cli
