#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The texts in their order, with `between` between them: `a, b, c`.
inline std::string joined(std::vector<std::string> const& texts, std::string_view between) {
    std::string all;
    for (std::size_t i = 0; i != texts.size(); ++i)
        all.append(i == 0 ? std::string_view() : between).append(texts[i]);
    return all;
}

} // namespace rulehost
