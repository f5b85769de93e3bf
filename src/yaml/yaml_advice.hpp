#pragma once

#include "yaml/yaml_node.hpp"

#include <string>
#include <string_view>

namespace rulehost {

/// A parser's error, reworded for a person who writes YAML.
struct yaml_advice {
    std::string message;
    std::string hint; ///< empty if there is no advice beyond the message
    position where;
};

/// Finds a common mistake at `where` (in lines of `text`, from 1), the place at which the parser failed with `message`;
/// without one, returns the parser's message.
yaml_advice advice_on(std::string_view text, position where, std::string message);

} // namespace rulehost
