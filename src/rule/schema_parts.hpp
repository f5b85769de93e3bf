#pragma once

#include <string_view>

namespace rulehost {

/// The definitions of a rule's schema for `match` and `command`: members of its `$defs`, each followed by a comma.
std::string_view condition_definitions();
std::string_view command_definitions();

} // namespace rulehost
