#pragma once

#include <rulehost/rule_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace rulehost::test {

/// The definition in a YAML text with one valid rule; fails the test for any other text.
inline std::shared_ptr<rule_definition const> definition_of(std::string_view yaml) {
    auto const documents = read_rules(yaml, "test.yaml");
    BOOST_REQUIRE_EQUAL(documents.size(), 1u);
    for (auto const& finding : documents.front().diagnostics)
        if (finding.level == severity::error)
            BOOST_TEST_MESSAGE(to_text(finding));
    BOOST_REQUIRE(documents.front().definition);
    return documents.front().definition;
}

/// A rule around a `match` in YAML's flow style, e.g. `{pattern: wget}`.
inline std::shared_ptr<rule_definition const> rule_matching(std::string_view match, std::string_view rule_id = "R1",
                                                            std::string_view kinds = "[command]") {
    std::string yaml = "rule_id: ";
    yaml.append(rule_id).append("\nname: a rule\napplies_to: ").append(kinds).append("\nmatch: ").append(match);
    yaml += "\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\n";
    return definition_of(yaml);
}

} // namespace rulehost::test
