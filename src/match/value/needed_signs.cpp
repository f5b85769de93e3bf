#include "match/value/needed_signs.hpp"

#include <cstddef>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_signs = 8; // of a clause

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace

needed_signs::needed_signs(std::string_view expression) {
    for (auto& each : required_literals(expression, 1))
        if (each.size() <= max_signs &&
            std::ranges::none_of(each, [](auto const& word) { return std::ranges::any_of(word, is_letter); }))
            clauses_.push_back(std::move(each));
}

} // namespace rulehost
