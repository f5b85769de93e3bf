#pragma once

#include <string>

namespace rulehost::test {

/// A valid rule; texts with different patterns differ.
inline std::string rule_text(std::string const& rule_id, std::string const& pattern = "wget") {
    return "rule_id: " + rule_id +
        "\nrule_version: 1\nname: test_rule\ndescription: a rule of a test\napplies_to: [command]\nmatch:\n"
        "  field: command_text\n  pattern: '" +
        pattern +
        "'\nemits:\n  - {tactic: TA0011, technique_id: T1105, confidence: 0.9}\nevidence_fields: [command_text]\n";
}

/// An invalid rule that claims `rule_id`.
inline std::string bad_rule_text(std::string const& rule_id) {
    return "rule_id: " + rule_id + "\nrule_version: 1\nname: test_rule\nno_such_key: 1\n";
}

} // namespace rulehost::test
