#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/event.hpp>
#include <rulehost/rule_definition.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rulehost::cli {

/// An event with one long text, made from an expression of a rule to make the rule slow.
struct slow_event {
    event made;
    field_path field; ///< field of the text
    std::string text;

    std::string beginning() const; ///< of the text, for a person; control characters are escaped
};

/// Calls `visit` with one event after the other, their texts of about `size` bytes.
void each_slow_event(rule_definition const& rule, std::size_t size, std::function<void(slow_event&&)> const& visit);

/// A warning `costly-pattern` for each pattern of the rule that an event with a text of 64 KiB brings to the limit of
/// what a rule's searches may cost. A heuristic: without a warning no such text was found. Costs about 0.1 s. Safe from
/// any thread.
std::vector<diagnostic> costly_patterns(std::shared_ptr<rule_definition const> const& rule);

} // namespace rulehost::cli
