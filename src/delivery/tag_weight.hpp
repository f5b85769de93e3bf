#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>

namespace rulehost {

/// About how much memory a tag takes, in units of a tag with little evidence (1 KiB more is one unit more); at least 1.
std::size_t weight_of(tag const& each);

} // namespace rulehost
