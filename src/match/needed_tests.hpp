#pragma once

#include "match/predicate.hpp"

#include <cstdint>
#include <vector>

namespace rulehost {

/// Lists of tests by number. A predicate can only hold if each list has a test that may hold. No lists: it may always
/// hold. An empty list: it never holds.
using test_lists = std::vector<std::vector<std::uint32_t>>;

test_lists needed_tests(predicate const& asked);

/// The lists of an "any of".
test_lists needed_by_any(std::vector<test_lists> const& several);

} // namespace rulehost
