#pragma once

#include <rulehost/tag.hpp>

#include <string>
#include <utility>

namespace rulehost::test {

/// A tag of the rule R1 on a command of one attacker.
inline tag make_tag(std::string source_id, std::string technique = "T1083", std::string sub_technique = {}) {
    tag made;
    made.source_kind = "command";
    made.source_id = std::move(source_id);
    made.technique_id = std::move(technique);
    made.sub_technique_id = std::move(sub_technique);
    made.rule_id = "R1";
    made.rule_version = 1;
    made.uuid = tag_uuid(made.source_kind, made.source_id, made.rule_id, made.rule_version, made.technique_id,
                         made.sub_technique_id);
    made.attacker_uuid = "11111111-2222-3333-4444-555555555555";
    made.tactic = "TA0007";
    made.confidence = 0.85;
    made.evidence["command_text"] = "find / -perm -4000";
    made.attack_release = "18.1";
    return made;
}

} // namespace rulehost::test
