#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

enum class severity { error, warning };

/// One finding about a text that a person wrote. A value.
struct diagnostic {
    severity level = severity::error;
    std::string code;        ///< stable identifier in kebab case, e.g. `unknown-key`; listed in docs/diagnostics.md
    std::string message;     ///< one sentence without the place
    std::string path;        ///< the file, or `ttp_rule:R0001` for a database row
    std::size_t line = 0;    ///< 1-based; 0 when the finding is about the whole text
    std::size_t column = 0;  ///< 1-based, in bytes; 0 when the finding is about the whole line
    std::string source_line; ///< the offending line without its line break, at most 400 bytes; may hold any byte
    std::string hint;        ///< advice (`did you mean 'emits'?`); may be empty
    std::string rule_id;     ///< empty when it could not be read
};

bool has_errors(std::vector<diagnostic> const&);

/// A code and its meaning. All codes are in `diagnostic_codes()`; docs/diagnostics.md and SARIF are made from it.
struct diagnostic_code {
    std::string_view code;
    severity level;
    std::string_view meaning; ///< one sentence
};

std::span<diagnostic_code const> diagnostic_codes();

/// `path:line:column: error[code]: message`, then the offending line with a caret and the hint; ends with a line break.
/// Control bytes are escaped for a terminal.
std::string to_text(diagnostic const&);

/// A JSON array of all diagnostics, one object each, keys as the members above.
std::string to_json(std::vector<diagnostic> const&);

/// A SARIF 2.1.0 log with one run, for code-review tools.
std::string to_sarif(std::vector<diagnostic> const&);

/// `text` with control characters, invalid UTF-8 and direction overrides written as `\xNN` or `\u{NNNN}`:
/// for every place where bytes from outside meet a person or a terminal.
std::string escape_for_terminal(std::string_view text);

} // namespace rulehost
