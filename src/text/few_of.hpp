#pragma once

#include "text/joined.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// `a, b and 3 more`: the first `max` of them.
inline std::string few_of(std::vector<std::string> const& all, std::size_t max) {
    auto const text = joined(std::span(all).first(std::min(max, all.size())), ", ");
    return all.size() > max ? text + " and " + std::to_string(all.size() - max) + " more" : text;
}

} // namespace rulehost
