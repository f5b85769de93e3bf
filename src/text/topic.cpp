#include <rulehost/topic.hpp>

#include <algorithm>

namespace rulehost {

bool topic_matches(std::string_view pattern, std::string_view topic) {
    while (!pattern.empty() && !topic.empty()) {
        auto const wanted = take_topic_token(pattern);
        if (wanted == ">")
            return true;
        auto const token = take_topic_token(topic);
        if (wanted != "*" && wanted != token)
            return false;
    }
    return pattern.empty() && topic.empty();
}

std::string topic_token(std::string_view text) {
    std::string token(text.empty() ? "_" : text);
    std::ranges::replace_if(
        token,
        [](char c) {
            auto const byte = static_cast<unsigned char>(c);
            return byte <= 0x20 || byte == 0x7F || c == '.' || c == '*' || c == '>';
        },
        '_');
    return token;
}

} // namespace rulehost
