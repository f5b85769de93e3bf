#pragma once

#include <rulehost/rule_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::test {

/// A rule without findings, line by line; `with` changes the lines that a test is about.
struct rule_text {
    std::string id = "rule_id: R0001";
    std::string name = "name: a rule";
    std::string applies_to = "applies_to: [command]";
    std::string match = "match: {pattern: abc}";
    std::string emits = "emits: [{technique_id: T1083, tactic: TA0007, confidence: 0.9}]";
    std::string more;

    std::string text() const {
        return id + '\n' + name + '\n' + applies_to + '\n' + match + '\n' + emits + '\n' + more;
    }
};

inline rule_document read_one(std::string_view text) {
    auto documents = read_rules(text, "a.yaml");
    BOOST_REQUIRE_EQUAL(documents.size(), 1u);
    return std::move(documents.front());
}

inline std::string all_text(std::vector<diagnostic> const& diagnostics) {
    std::string text;
    for (auto const& each : diagnostics)
        text += to_text(each);
    return text;
}

/// The rule, which must read without any finding.
inline std::shared_ptr<rule_definition const> definition_of(std::string_view text) {
    auto document = read_one(text);
    BOOST_REQUIRE_MESSAGE(document.definition && document.diagnostics.empty(), all_text(document.diagnostics));
    return document.definition;
}

inline bool has_code(std::vector<diagnostic> const& diagnostics, std::string_view code) {
    return std::ranges::find(diagnostics, code, &diagnostic::code) != diagnostics.end();
}

} // namespace rulehost::test
