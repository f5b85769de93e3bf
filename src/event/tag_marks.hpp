#pragma once

#include <rulehost/tag.hpp>

#include <string>
#include <string_view>

namespace rulehost {

/// Marks that a reader must know before a tag counts: `retracted, undecided`; empty: nothing.
inline std::string marks_of(tag const& shown, bool is_retracted) {
    std::string marks;
    auto const add = [&marks](bool holds, std::string_view mark) {
        if (holds)
            marks.append(marks.empty() ? "" : ", ").append(mark);
    };
    add(is_retracted, "retracted");
    add(shown.observe, "observed");
    add(shown.undecided, "undecided");
    return marks;
}

} // namespace rulehost
