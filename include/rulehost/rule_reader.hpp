#pragma once

#include <rulehost/attack_table.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_definition.hpp>
#include <rulehost/rule_lists.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// One YAML document of a rule file and its result.
struct rule_document {
    std::string rule_id; ///< empty if it could not be read
    std::string text;    ///< the author's bytes of this document
    std::size_t line = 1;
    std::shared_ptr<rule_definition const> definition; ///< null exactly if a diagnostic is an error
    std::vector<diagnostic> diagnostics;               ///< every finding, in the order of the text
};

/// Reads every rule of a text. Never throws for any content of the text, and an invalid document does not affect
/// another: hostile, binary or oversized text gives diagnostics. Skips documents of lists (`read_lists`). `path` is
/// only quoted; `lists` are those that the rules may name. Pure; safe from any thread.
std::vector<rule_document> read_rules(std::string_view text, std::string_view path, rule_lists const& lists = {},
                                      attack_table const& attack = attack_table::enterprise());

/// The diagnostics of all documents, plus an error for each rule_id that is claimed twice, naming both places; a
/// warning if the losing claim is in a file with a dash or a second dot in its name, and the other is not.
std::vector<diagnostic> check_rules(std::vector<rule_document> const& documents);

/// A JSON Schema (draft 2020-12) of a rule document, for editors.
std::string rule_schema();

} // namespace rulehost
