#pragma once

#include <string_view>

namespace rulehost {

/// Something other than events, one a line.
struct text_guess {
    std::string_view what;   ///< `gzip`; empty: nobody knows
    std::string_view remedy; ///< a shell command that makes events of FILE; empty: there is none
};

/// The likely kind of a text of which no line is an event. `first_line`: at least the beginning of it, as it came.
text_guess guess_text(std::string_view first_line);

} // namespace rulehost
