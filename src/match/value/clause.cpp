#include "match/value/clause.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace rulehost {

void reduce(clause& words) {
    std::ranges::sort(words, {}, [](std::string const& w) { return std::pair{w.size(), std::string_view{w}}; });
    if (words.size() < 2)
        return;
    clause kept;
    std::unordered_set<std::string_view> known; // a list may be long: comparing each with each would be quadratic
    std::set<std::size_t> sizes;
    auto const contains_one = [&](std::string_view word) {
        return std::ranges::any_of(sizes, [&](std::size_t size) {
            for (std::size_t at = 0; at + size <= word.size(); ++at)
                if (known.contains(word.substr(at, size)))
                    return true;
            return false;
        });
    };
    for (auto const& word : words) {
        if (contains_one(word))
            continue;
        kept.push_back(word);
        known.insert(word);
        sizes.insert(word.size());
    }
    words = std::move(kept);
}

int selectivity(clause const& words) {
    auto const shortest = std::ranges::min(words, {}, [](auto const& w) { return w.size(); }).size();
    return static_cast<int>(std::min<std::size_t>(shortest, 12) * 8) - static_cast<int>(words.size());
}

} // namespace rulehost
