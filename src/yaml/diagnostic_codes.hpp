#pragma once

#include <rulehost/diagnostic.hpp>

namespace rulehost {

/// Findings about texts that people write: rules, adapters, configurations. Each has a stable code, a severity and an
/// explanation in the table of diagnostic_codes().
enum class finding {
    too_large,
    not_text,
    invalid_yaml,
    too_deep,
    too_many_aliases,
    no_rule,
    too_many_findings,
    unknown_key,
    missing_key,
    duplicate_key,
    conflicting_keys,
    wrong_type,
    invalid_value,
    empty_list,
    invalid_regex,
    misplaced_window,
    unknown_technique,
    unknown_tactic,
    duplicate_rule,
    revoked_technique,
    deprecated_technique,
    tactic_mismatch,
    ambiguous_tactic,
    missing_confidence,
    repeated_technique,
    unknown_source_kind,
    inert_rule,
    control_in_pattern,
    misread_scalar,
    below_floor,
    unknown_field,
    shadowed_rule,
    costly_pattern,
    unread_file,
    unknown_list,
    duplicate_list,
    list_circle,
    renamed_key,
    former_tactic,
    impossible_command,
};

diagnostic_code const& code_of(finding what);

} // namespace rulehost
