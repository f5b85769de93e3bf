#include "text/without_passwords.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace rulehost {

std::string without_passwords(std::string text, url_reach reach) {
    constexpr std::string_view scheme_end = "://";
    for (auto at = text.find(scheme_end); at != text.npos; at = text.find(scheme_end, at + 1)) {
        auto const scheme = std::string_view(text).substr(0, at);
        bool const may_be_token = scheme.ends_with("nats") || scheme.ends_with("tls"); // a user without a colon
        auto const begin = at + scheme_end.size();
        auto const word_end = std::min(text.find_first_of(" \t\r\n\"'<>", begin), text.size());
        auto const end = reach == url_reach::line ? text.rfind('@') : text.rfind('@', word_end - 1);
        if (end == text.npos || end < begin)
            continue;
        auto const colon = text.find(':', begin);
        if (colon < end)
            std::fill(text.begin() + static_cast<std::ptrdiff_t>(colon) + 1,
                      text.begin() + static_cast<std::ptrdiff_t>(end), '*');
        else if (may_be_token)
            std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin),
                      text.begin() + static_cast<std::ptrdiff_t>(end), '*');
    }
    return text;
}

} // namespace rulehost
