#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rulehost {

/// `a, b and 3 more`: the first `max` of them.
inline std::string few_of(std::vector<std::string> const& all, std::size_t max) {
    std::string text;
    for (std::size_t i = 0; i < all.size() && i < max; ++i)
        text += (i == 0 ? "" : ", ") + all[i];
    return all.size() > max ? text + " and " + std::to_string(all.size() - max) + " more" : text;
}

} // namespace rulehost
