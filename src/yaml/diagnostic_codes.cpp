#include <rulehost/diagnostic.hpp>

#include "yaml/diagnostic_codes.hpp"

#include <array>

namespace rulehost {
namespace {

// In the order of `finding`.
constexpr std::array codes{
    diagnostic_code{
        "too-large", severity::error,
        "A rule is over 256 KiB, its patterns over 8 MiB once compiled, or a file holds over 10,000 rules."},
    diagnostic_code{"not-text", severity::error,
                    "The text holds control characters, NULs or bytes that are not UTF-8."},
    diagnostic_code{"invalid-yaml", severity::error,
                    "The text is not YAML, or uses unsupported features such as tags."},
    diagnostic_code{"too-deep", severity::error, "The text nests deeper than 32 levels."},
    diagnostic_code{"too-many-aliases", severity::error, "The YAML aliases of the text expand to too much."},
    diagnostic_code{"no-rule", severity::error, "The text holds no rule."},
    diagnostic_code{"too-many-findings", severity::error, "The text has more findings than are listed."},
    diagnostic_code{"unknown-key", severity::error, "The language has no such key at this place."},
    diagnostic_code{"missing-key", severity::error, "A required key is missing."},
    diagnostic_code{"duplicate-key", severity::error, "A key is given twice."},
    diagnostic_code{"conflicting-keys", severity::error, "Keys exclude each other."},
    diagnostic_code{"wrong-type", severity::error, "A value has the wrong type for its key."},
    diagnostic_code{"invalid-value", severity::error, "A value has the right type but is not allowed for its key."},
    diagnostic_code{"empty-list", severity::error, "A list that needs an element is empty."},
    diagnostic_code{"invalid-regex", severity::error, "A regular expression does not compile."},
    diagnostic_code{"misplaced-window", severity::error, "A window is in a place where it cannot be evaluated."},
    diagnostic_code{"unknown-technique", severity::error, "ATT&CK never had this technique."},
    diagnostic_code{"unknown-tactic", severity::error, "ATT&CK never had this tactic."},
    diagnostic_code{"duplicate-rule", severity::error, "Two rules claim one rule_id."},
    diagnostic_code{"revoked-technique", severity::warning, "ATT&CK replaced this technique by another."},
    diagnostic_code{"deprecated-technique", severity::warning, "ATT&CK no longer maintains this technique."},
    diagnostic_code{"tactic-mismatch", severity::warning, "The technique does not belong to this tactic."},
    diagnostic_code{"ambiguous-tactic", severity::warning, "The tactic is left out and the technique has several."},
    diagnostic_code{"missing-confidence", severity::warning, "The confidence is missing; the default is 0.7."},
    diagnostic_code{"repeated-technique", severity::warning, "One technique is claimed twice; it becomes one tag."},
    diagnostic_code{"unknown-source-kind", severity::warning, "No known producer makes events of this kind."},
    diagnostic_code{"inert-rule", severity::warning, "The rule is for another evaluator and never matches here."},
    diagnostic_code{"control-in-pattern", severity::warning,
                    "A pattern contains a control character, such as `\\b` in double quotes."},
    diagnostic_code{"misread-scalar", severity::warning,
                    "A plain word such as `no` or `0x16` is text here, not a boolean or a number."},
    diagnostic_code{"below-floor", severity::warning, "The confidence is below the default floor of 0.3: never a tag."},
    diagnostic_code{"unknown-field", severity::warning, "No known producer sends a field of this name."},
    diagnostic_code{"shadowed-rule", severity::warning,
                    "A file with a dash or a dot in its name claims a rule_id of another file, whose rule is live."},
    diagnostic_code{"costly-pattern", severity::warning,
                    "A text can use up the work that the rule may do on an event (`--cost`)."},
    diagnostic_code{"unread-file", severity::warning,
                    "A file ends in `.yaml` or `.yml` but its name is not one of a rule file."},
    diagnostic_code{"unknown-list", severity::error,
                    "No document defines a list of this name, or its definition is bad."},
    diagnostic_code{"duplicate-list", severity::error, "Two documents define a list of one name."},
    diagnostic_code{"list-circle", severity::error, "A list names itself, directly or by way of others."},
    diagnostic_code{"renamed-key", severity::warning,
                    "A configuration key has a new name; the former one still works."},
    diagnostic_code{"former-tactic", severity::warning, "A tactic is given by its name in an earlier ATT&CK release."},
    diagnostic_code{"impossible-command", severity::warning, "No command can satisfy a `command` condition."},
};
static_assert(codes.size() == static_cast<std::size_t>(finding::impossible_command) + 1);

} // namespace

diagnostic_code const& code_of(finding what) {
    return codes[static_cast<std::size_t>(what)];
}

std::span<diagnostic_code const> diagnostic_codes() {
    return codes;
}

} // namespace rulehost
