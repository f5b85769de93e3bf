#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The keys of a path such as `a.b`; a key with dots is quoted: `a."b.c"`. Empty if a key is empty or a quote is not
/// closed.
inline std::optional<std::vector<std::string>> split_path(std::string_view text) {
    std::vector<std::string> keys;
    for (;;) {
        bool const quoted = text.starts_with('"');
        auto const end = quoted ? text.find('"', 1) : std::min(text.find('.'), text.size());
        auto const key = end == text.npos ? std::string_view() : text.substr(quoted, end - quoted);
        if (key.empty())
            return std::nullopt;
        keys.emplace_back(key);
        text.remove_prefix(end + quoted);
        if (text.empty())
            return keys;
        if (text.front() != '.')
            return std::nullopt;
        text.remove_prefix(1);
    }
}

/// The path of these keys, in the form that `split_path` reads.
inline std::string join_path(std::vector<std::string> const& keys) {
    std::string text;
    for (auto const& key : keys) {
        if (!text.empty())
            text += '.';
        text += key.find('.') == key.npos ? key : '"' + key + '"';
    }
    return text;
}

} // namespace rulehost
