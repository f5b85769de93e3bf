#pragma once

#include <rulehost/rule_lists.hpp>

#include <vector>

namespace rulehost {

/// All lists, each behind those that it names; of lists that name each other, one comes first. The pointers are into
/// `lists`. Pure.
std::vector<rule_list const*> named_lists_first(rule_lists const& lists);

} // namespace rulehost
