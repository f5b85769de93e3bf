#include "match/value/needed_signs.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_signs = 8; // of a clause

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The longest piece without a letter; a letter may match another case or a look-alike character.
std::string signs_of(std::string_view word) {
    std::string_view longest;
    for (std::size_t at = 0; at < word.size();) {
        auto end = at;
        while (end < word.size() && !is_letter(word[end]))
            ++end;
        if (end - at > longest.size())
            longest = word.substr(at, end - at);
        at = end + 1;
    }
    return std::string(longest);
}

} // namespace

needed_signs::needed_signs(std::string_view expression) {
    for (auto& each : required_literals(expression, 1)) {
        std::ranges::transform(each, each.begin(), signs_of);
        std::ranges::sort(each);
        each.erase(std::unique(each.begin(), each.end()), each.end());
        if (each.size() <= max_signs && !each.front().empty())
            clauses_.push_back(std::move(each));
    }
}

} // namespace rulehost
