#pragma once

#include "rule/findings.hpp"
#include "rule/yaml_node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Cuts a text into its documents at the lines that start with `---`, without looking into them, so that a
/// broken one cannot spoil its neighbours. Never empty; comments and blanks around documents belong to one of
/// them, so the pieces together are the text (but for an empty document at the end).
std::vector<document_text> split_documents(std::string_view text);

/// Reads one document; empty after it reported why not. Bounded in memory and stack whatever the text holds.
std::optional<yaml_node> parse_document(document_text document, findings& out);

/// Letters, digits and underscores; at least one, at most 128.
bool is_rule_id(std::string_view text);

/// The `rule_id` of a document, found without parsing it: what a broken text is quarantined under.
struct claimed_id {
    std::string rule_id;
    position where;
};
std::optional<claimed_id> find_rule_id(document_text document);

} // namespace rulehost
