#pragma once

#include "yaml/yaml_document.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// Letters, digits and underscores; at least one, at most 128.
bool is_rule_id(std::string_view text);

/// The `rule_id` of a document, found without parsing it, for the quarantine of a broken text.
struct claimed_id {
    std::string rule_id;
    position where;
};
std::optional<claimed_id> find_rule_id(document_text document);

} // namespace rulehost
