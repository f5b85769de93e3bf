#include "rule/glob_text.hpp"

#include <algorithm>

namespace rulehost {
namespace {

constexpr std::size_t max_class = 256; // bytes

/// Offset after the unit at `at`: a character, an escaped one or a class.
std::size_t behind(std::string_view glob, std::size_t at) {
    if (glob[at] == '\\')
        return at + 2 <= glob.size() ? at + 2 : at + 1;
    if (glob[at] == '[') {
        auto const end = end_of_class(glob, at);
        return end == std::string_view::npos ? at + 1 : end;
    }
    return at + 1;
}

/// `glob` with a backslash before every brace outside of a group with alternatives.
std::string with_plain_braces_escaped(std::string_view glob) {
    struct opened {
        std::size_t at;
        bool has_comma;
    };
    std::vector<opened> open;
    std::vector<bool> is_group(glob.size());
    for (std::size_t at = 0; at < glob.size(); at = behind(glob, at)) {
        if (glob[at] == '{') {
            open.push_back({at, false});
        } else if (glob[at] == ',' && !open.empty()) {
            open.back().has_comma = true;
        } else if (glob[at] == '}' && !open.empty()) {
            is_group[open.back().at] = is_group[at] = open.back().has_comma;
            open.pop_back();
        }
    }
    std::string escaped;
    for (std::size_t at = 0; at < glob.size();) {
        auto const next = behind(glob, at);
        if ((glob[at] == '{' || glob[at] == '}') && !is_group[at])
            escaped += '\\';
        escaped.append(glob, at, next - at);
        at = next;
    }
    return escaped;
}

/// Expects every unescaped brace in `glob` to belong to a group.
bool spread(std::string const& glob, std::size_t from, std::vector<std::string>& alternatives) {
    auto open = from;
    while (open < glob.size() && glob[open] != '{')
        open = behind(glob, open);
    if (open >= glob.size()) {
        if (alternatives.size() == max_alternatives)
            return false;
        alternatives.push_back(glob);
        return true;
    }
    std::vector<std::size_t> ends; // of its alternatives
    std::size_t depth = 0;
    for (auto at = open;; at = behind(glob, at)) {
        if (glob[at] == '{') {
            ++depth;
        } else if (glob[at] == ',' && depth == 1) {
            ends.push_back(at);
        } else if (glob[at] == '}' && --depth == 0) {
            ends.push_back(at);
            break;
        }
    }
    auto begin = open + 1;
    for (auto const end : ends) {
        auto made = glob.substr(0, open);
        made.append(glob, begin, end - begin).append(glob, ends.back() + 1);
        if (!spread(made, open, alternatives))
            return false;
        begin = end + 1;
    }
    return true;
}

} // namespace

std::size_t end_of_class(std::string_view glob, std::size_t at) {
    ++at;
    if (at < glob.size() && (glob[at] == '!' || glob[at] == '^'))
        ++at;
    auto const last = std::min(glob.size(), at + max_class);
    for (bool first = true; at < last; first = false, ++at) {
        if (glob[at] == ']' && !first)
            return at + 1;
        if (glob[at] == '\\')
            ++at;
    }
    return std::string_view::npos;
}

bool spread_braces(std::string_view glob, std::vector<std::string>& alternatives) {
    if (glob.size() > max_glob)
        return false;
    bool const has_braces = glob.find_first_of("{}") != std::string_view::npos;
    return spread(has_braces ? with_plain_braces_escaped(glob) : std::string(glob), 0, alternatives);
}

} // namespace rulehost
