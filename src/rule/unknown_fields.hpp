#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_definition.hpp>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace rulehost {

/// Names of payload fields: the first keys of paths into a payload.
using field_names = std::set<std::string, std::less<>>;

/// Warns of every field of a rule (in conditions, windows, emissions and evidence) that is neither an anchor, nor one
/// of `known_fields`, nor one of `sent`. Skips rules with only foreign source kinds, since their fields are unknown.
/// Pure; safe from any thread.
std::vector<diagnostic> unknown_fields(rule_definition const& rule, field_names const& sent);

} // namespace rulehost
