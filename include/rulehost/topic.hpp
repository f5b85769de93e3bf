#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rulehost {

/// A topic is tokens joined by `.`. Cuts the first token off `rest`, and the dot after it.
inline std::string_view take_topic_token(std::string_view& rest) {
    auto const token = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), token.size() + 1));
    return token;
}

/// Whether `pattern` covers `topic`, as in NATS: a token `*` stands for one token, a last token `>` for one or more.
bool topic_matches(std::string_view pattern, std::string_view topic);

/// `text` as one token of a topic: separators, wildcards and line breaks become `_`.
std::string topic_token(std::string_view text);

} // namespace rulehost
