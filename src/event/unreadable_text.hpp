#pragma once

#include <string_view>

namespace rulehost {

/// A kind of file other than lines of events.
struct text_guess {
    std::string_view what;   ///< `gzip`; empty: unknown
    std::string_view remedy; ///< a shell command that converts FILE to events; empty: none
};

/// The likely kind of a text without any event. `first_line`: at least its beginning, unchanged.
text_guess guess_text(std::string_view first_line);

} // namespace rulehost
