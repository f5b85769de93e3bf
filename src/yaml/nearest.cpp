#include "yaml/nearest.hpp"

#include <algorithm>
#include <array>

namespace rulehost {
namespace {

// Names are short: a longer text is no misspelling of one, and hostile text must stay cheap.
constexpr std::size_t longest = 48;

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Whether `typed` is the first word of `name`: `any` of `any_of`.
bool begins_name(std::string_view typed, std::string_view name) {
    return !typed.empty() && typed.size() < name.size() && name[typed.size()] == '_' &&
        std::ranges::equal(typed, name.substr(0, typed.size()), {}, lower, lower);
}

} // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
    if (left.size() > longest || right.size() > longest)
        return std::max(left.size(), right.size());
    std::array<std::array<std::size_t, longest + 1>, longest + 1> cost{};
    for (std::size_t i = 0; i <= left.size(); ++i) {
        for (std::size_t j = 0; j <= right.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            auto const same = lower(left[i - 1]) == lower(right[j - 1]);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(left[i - 1]) == lower(right[j - 2]) &&
                lower(left[i - 2]) == lower(right[j - 1]))
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[left.size()][right.size()];
}

std::string nearest(std::string_view typed, std::vector<std::string_view> const& candidates) {
    auto const begins = [typed](std::string_view name) { return begins_name(typed, name); };
    if (std::ranges::count_if(candidates, begins) == 1)
        return std::string(*std::ranges::find_if(candidates, begins));
    std::string_view best;
    std::size_t best_distance = typed.size() / 3 + 2; // one slip in a short word, a third of a long one
    for (auto const candidate : candidates) {
        if (typed.size() >= candidate.size() + best_distance || candidate.size() >= typed.size() + best_distance)
            continue;
        auto const distance = edit_distance(typed, candidate);
        if (distance < best_distance && distance < candidate.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    return std::string(best);
}

} // namespace rulehost
