#pragma once

#include "yaml/findings.hpp"
#include "yaml/yaml_node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Splits a text into its documents at the lines that start with `---`, without parsing them, so that a broken document
/// does not affect the others. Never empty; comments and blanks around documents belong to one of them, so the pieces
/// together are the text (except for an empty document at the end).
std::vector<document_text> split_documents(std::string_view text);

/// Wording of a reader's findings.
struct document_kind {
    std::string_view name;      ///< `rule`: "the rule has 300000 bytes"
    std::string_view text_hint; ///< advice about a byte that is not allowed in a text
};

/// Reads one document; empty after reporting an error. Null if the text has only comments: the caller decides whether
/// that is an error. Memory and stack are bounded for any text.
std::optional<yaml_node> parse_document(document_text document, document_kind kind, findings& out);

/// A one-word value of a key, and its line.
struct found_word {
    std::string_view word;
    position where;
};

/// Finds one-word values of `key` at the start of lines, without parsing: used to name a broken document. The words
/// live as long as the text.
std::vector<found_word> find_words(document_text document, std::string_view key);

} // namespace rulehost
