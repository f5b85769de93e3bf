#pragma once

#include "cli/bench/passes.hpp"
#include "cli/bench/rule_costs.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace rulehost::cli {

/// Figures of `bench evaluate`.
struct evaluate_report {
    std::size_t rules = 0;
    std::size_t lines = 0;
    std::size_t bad_lines = 0;
    std::size_t refused = 0;
    std::size_t events = 0;
    std::size_t tags = 0;
    double bytes_per_event = 0;

    double events_per_second = 0; ///< text in to tags out
    times middle;
    double whole_to_bare = 0;    ///< to Boost.JSON plus Vectorscan
    double evaluate_to_scan = 0; ///< to Vectorscan
    std::size_t left_out_of_scan = 0;
    std::size_t threads = 1;
    double speedup = 1;
    double speedup_apart = 1; ///< with threads that share nothing

    double read_seconds = 0;
    double first_evaluation_seconds = 0;
    double resident = 0; ///< MiB, with the sample
    double peak = 0;
    double of_rules = 0;
    std::vector<rule_cost> costs;
};

boost::json::object to_json(evaluate_report const& r);

/// For a person.
std::string to_text(evaluate_report const& r);

} // namespace rulehost::cli
