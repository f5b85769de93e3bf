#pragma once

#include "match/value/required_literals.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace rulehost {

/// Pieces without letters, some of which occur in every text that an expression matches. Searching them takes a fraction of a
/// search. Immutable.
class needed_signs {
public:
    needed_signs() = default;
    /// `expression` as regex::pcre_syntax spells it.
    explicit needed_signs(std::string_view expression);

    /// False: the expression is not found in `text`.
    bool may_hold(std::string_view text) const {
        return std::ranges::all_of(clauses_, [&](clause const& each) {
            return std::ranges::any_of(each, [&](auto const& word) { return text.find(word) != text.npos; });
        });
    }

private:
    std::vector<clause> clauses_;
};

} // namespace rulehost
