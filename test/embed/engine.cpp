// Embeds the engine: one rule, one event, the tags on standard output.
#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/rule_reader.hpp>

#include <iostream>

int main() {
    rulehost::rule_snapshot snapshot;
    for (auto const& document : rulehost::read_rules(R"(
rule_id: R0015
name: suid_search
applies_to: [command]
match: {field: command_text, pattern: '\bfind\b.*-perm\s+(?:-?u\+?=s|-?4000|/4000)'}
emits: [{tactic: TA0004, technique_id: T1548, sub_technique_id: T1548.001, confidence: 0.95}]
)",
                                                     "embedded.yaml")) {
        for (auto const& finding : document.diagnostics)
            std::cerr << rulehost::to_text(finding);
        if (document.definition) { // null: the rule has errors
            snapshot.rules.push_back(
                std::make_shared<rulehost::compiled_rule>(document.definition, rulehost::rule_state{}));
        }
    }
    rulehost::engine engine;
    engine.replace(snapshot);

    rulehost::event event;
    event.source_kind = "command";
    event.source_id = "cmd_42";
    event.attacker_uuid = "6f1e5dfc-5f0f-5d0e-9a3c-2b8f3f0f9c11";
    event.payload["command_text"] = "find / -perm -4000 -type f";
    auto const result = engine.evaluate(event, rulehost::time_point{});
    if (!result) {
        std::cerr << "not evaluated: " << rulehost::to_string(result.error()) << '\n';
        return 1;
    }
    for (auto const& tag : result->tags)
        std::cout << tag.rule_id << ' ' << tag.sub_technique_id << ' ' << tag.confidence << '\n';
}
