#pragma once

#include "yaml/yaml_document.hpp"

#include <rulehost/rule_reader.hpp>

#include <string_view>

namespace rulehost {

/// Reads one document of a file, as `read_rules` does.
rule_document read_rule(document_text text, std::string_view path, rule_lists const& lists,
                        attack_table const& attack = attack_table::enterprise());

} // namespace rulehost
