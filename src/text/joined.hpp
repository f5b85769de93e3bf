#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// The texts of a range in their order, with `between` between them: `a, b, c`.
template <class Texts>
std::string joined(Texts const& texts, std::string_view between) {
    std::string all;
    bool is_first = true;
    for (auto const& text : texts) {
        all.append(is_first ? std::string_view() : between).append(text);
        is_first = false;
    }
    return all;
}

} // namespace rulehost
