#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>

namespace rulehost {

/// Approximate memory of a tag, in units of a tag with little evidence (one more unit per KiB); at least 1.
std::size_t weight_of(tag const& each);

} // namespace rulehost
