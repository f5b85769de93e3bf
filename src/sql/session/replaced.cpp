#include "sql/session/replaced.hpp"

namespace rulehost {

std::string replaced(std::string text, std::vector<std::pair<std::string_view, std::string_view>> const& names) {
    for (auto const& [name, value] : names)
        for (auto at = text.find(name); at != text.npos; at = text.find(name, at + value.size()))
            text.replace(at, name.size(), value);
    return text;
}

} // namespace rulehost
