#pragma once

#include <rulehost/rule_lists.hpp>

#include <vector>

namespace rulehost {

/// All lists, each after those that it names; a cycle is broken at one list. The pointers are into
/// `lists`. Pure.
std::vector<rule_list const*> named_lists_first(rule_lists const& lists);

} // namespace rulehost
