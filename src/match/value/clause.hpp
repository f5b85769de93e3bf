#pragma once

#include <string>
#include <vector>

namespace rulehost {

/// Words of which at least one occurs, letter case aside, in every text that satisfies a condition. Lower-case
/// ASCII, not empty.
using clause = std::vector<std::string>;

/// Removes words that equal or contain another one, which occurs wherever they do.
void reduce(clause& words);

/// Rank of a clause for the search: higher for longer and fewer words.
int selectivity(clause const&);

} // namespace rulehost
