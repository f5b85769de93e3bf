#pragma once

#include "yaml/yaml_node.hpp"

#include <string>
#include <string_view>

namespace rulehost {

/// A parser's complaint in the words of a person who writes YAML.
struct yaml_advice {
    std::string message;
    std::string hint; ///< empty when nothing better is known than the message
    position where;
};

/// Looks for a usual mistake where a parser gave up on `text` at `where` (in lines of `text`, from 1) with `message`;
/// without one, returns what the parser says.
yaml_advice advice_on(std::string_view text, position where, std::string message);

} // namespace rulehost
