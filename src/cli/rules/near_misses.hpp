#pragma once

#include <boost/json/object.hpp>

namespace rulehost::cli {

/// Adds to an explanation of `engine::explain` how near each failed condition came (`nearness`, from 0 to 1; of a
/// pattern also `found_until`), and puts the nearest alternative of each `any_of` first.
void add_near_misses(boost::json::object& account);

} // namespace rulehost::cli
