#pragma once

#include <string_view>

namespace rulehost {

/// The definitions that a rule's schema has for `match`, and for `command` in it: members of its `$defs`, each with a
/// comma behind it.
std::string_view condition_definitions();
std::string_view command_definitions();

} // namespace rulehost
