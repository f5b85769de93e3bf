#pragma once

#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Cuts a text into its documents at the lines that start with `---`, without looking into them, so that a
/// broken one cannot spoil its neighbours. Never empty; comments and blanks around documents belong to one of
/// them, so the pieces together are the text (but for an empty document at the end).
std::vector<document_text> split_documents(std::string_view text);

/// The words of a reader's findings for its documents.
struct document_kind {
    std::string_view name;      ///< `rule`: "the rule has 300000 bytes"
    std::string_view text_hint; ///< advice about a byte that cannot stand in a text
};

/// Reads one document; empty after it reported why not. Null when the text holds nothing but comments: whether that
/// is wrong is for the caller. Bounded in memory and stack whatever the text holds.
std::optional<yaml_node> parse_document(document_text document, document_kind kind, findings& out);

/// A word that stands as the value of a key, and its line.
struct found_word {
    std::string_view word;
    position where;
};

/// Finds one-word values of `key` at the start of lines, without parsing: the name that a
/// broken document is known by. The words live as long as the text.
std::vector<found_word> find_words(document_text document, std::string_view key);

} // namespace rulehost
