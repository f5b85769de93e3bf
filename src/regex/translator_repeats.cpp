#include "regex/python_translator.hpp"

#include "regex/letters.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace rulehost {

std::optional<python_translator::repeat> python_translator::counted() {
    auto const begin = at_;
    auto const number = [&]() -> std::optional<std::size_t> {
        if (!is_digit(peek()))
            return std::nullopt;
        std::size_t value = 0;
        for (; is_digit(peek()); ++at_)
            value = std::min(value * 10 + static_cast<std::size_t>(peek() - '0'), max_repeat + 1);
        return value;
    };
    ++at_;
    auto const low = number();
    auto const comma = accept(",");
    auto const high = comma ? number() : low;
    if (!accept("}") || (!low && !comma)) {
        at_ = begin;
        return std::nullopt;
    }
    repeat found{low.value_or(0), high};
    if (std::max(found.least, high.value_or(0)) > max_repeat)
        fail("a repeat count goes up to 65535");
    if (high && *high < found.least)
        fail("min repeat greater than max repeat");
    return found;
}

void python_translator::quantifier() {
    repeat found{0, std::nullopt};
    switch (text_[at_]) {
    case '{':
        if (auto const counts = counted()) {
            found = *counts;
            break;
        }
        ++at_;
        return single("\\{", ascii_kinds('{', '{'));
    case '+':
        found.least = 1;
        ++at_;
        break;
    case '?':
        found.most = 1;
        ++at_;
        break;
    default:
        ++at_;
        break;
    }
    if (atom_ == atom::none)
        fail("nothing to repeat");
    if (atom_ == atom::repeated)
        fail("multiple repeat");
    std::string_view const manner = accept("?") ? "?" : accept("+") ? "+" : "";
    if (manner == "+")
        no_tree("it has a possessive repeat");
    if (atom_ == atom::group && atom_may_be_empty_ && found.most != 1)
        no_tree("it repeats a group that may be empty"); // Python limits the empty repetitions
    if (makes_tree_ && !obstacle_) {
        syntax_node repeated{
            .is = syntax_node::type::repeat, .least = found.least, .most = found.most, .is_lazy = manner == "?"};
        repeated.children.push_back(std::move(alternative_.parts.back()));
        alternative_.parts.back() = std::move(repeated);
    }
    apply(found, manner);
    atom_may_be_empty_ = atom_may_be_empty_ || found.least == 0;
    atom_ = atom::repeated;
    chosen_ = false;
}

} // namespace rulehost
