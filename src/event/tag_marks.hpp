#pragma once

#include <rulehost/tag.hpp>

#include <string>
#include <string_view>

namespace rulehost {

/// Marks that a reader must know before a tag counts.
struct tag_marks {
    bool retracted = false;
    bool observed = false;
    bool undecided = false;

    /// `retracted, undecided`; empty: nothing.
    std::string text() const {
        std::string all;
        auto const add = [&all](bool holds, std::string_view mark) {
            if (holds)
                all.append(all.empty() ? "" : ", ").append(mark);
        };
        add(retracted, "retracted");
        add(observed, "observed");
        add(undecided, "undecided");
        return all;
    }
};

inline tag_marks marks_of(tag const& shown, bool is_retracted) {
    return {.retracted = is_retracted, .observed = shown.observe, .undecided = shown.undecided};
}

} // namespace rulehost
