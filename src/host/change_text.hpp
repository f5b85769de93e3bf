#pragma once

#include <rulehost/rule_change.hpp>
#include <rulehost/rule_store.hpp>

#include <string>

namespace rulehost {

/// One line for a log: revision, rule, its state, by whom, until when and why.
std::string to_text(rule_change const& change);

/// The same for reloaded rules: their number and revision.
std::string to_text(rule_snapshot const& loaded);

} // namespace rulehost
