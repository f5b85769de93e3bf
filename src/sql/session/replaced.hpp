#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

/// `text` with the first of each pair replaced by the second.
std::string replaced(std::string text, std::vector<std::pair<std::string_view, std::string_view>> const& names);

} // namespace rulehost
