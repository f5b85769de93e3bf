#include "rule_text.hpp"

#include <boost/json/parse.hpp>

namespace {

using namespace rulehost;
using namespace rulehost::test;
using boost::json::object;

/// Whether the reader accepts `key` at its place in `text`.
bool knows(std::string const& text) {
    auto const document = read_one(text);
    return !has_code(document.diagnostics, "unknown-key") && !has_code(document.diagnostics, "invalid-yaml");
}

std::string match_of(std::string_view inner) {
    rule_text rule;
    rule.match = "match: " + std::string(inner);
    return rule.text();
}

BOOST_AUTO_TEST_SUITE(schema_of_a_rule)

BOOST_AUTO_TEST_CASE(every_key_of_the_schema_is_one_of_the_reader) {
    auto const schema = boost::json::parse(rule_schema()).as_object();
    BOOST_TEST(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
    auto const& parts = schema.at("$defs").as_object();
    auto const each_key = [](object const& part, auto wrap) {
        BOOST_TEST(!part.at("properties").as_object().empty());
        for (auto const& property : part.at("properties").as_object()) {
            std::string const key(property.key());
            BOOST_TEST_CONTEXT(key) {
                BOOST_TEST(knows(wrap(key)));
                BOOST_TEST(!knows(wrap(key + "_q7")));
            }
        }
    };
    auto const emits_of = [](std::string const& inner) {
        rule_text rule;
        rule.emits = "emits: [" + inner + "]";
        return rule.text();
    };
    auto const tests_of = [](std::string const& inner) {
        rule_text rule;
        rule.more = "tests: [" + inner + "]\n";
        return rule.text();
    };
    each_key(parts.at("rule").as_object(), [](std::string const& key) { return key + ": x\n"; });
    each_key(parts.at("window").as_object(),
             [](std::string const& key) { return match_of("{window: {" + key + ": 1}}"); });
    each_key(parts.at("command").as_object(),
             [](std::string const& key) { return match_of("{command: {" + key + ": {}}}"); });
    each_key(parts.at("command_value").at("allOf").at(1).at("then").as_object(),
             [](std::string const& key) { return match_of("{command: {operand: {" + key + ": 1}}}"); });
    each_key(parts.at("condition").at("properties").at("length").as_object(),
             [](std::string const& key) { return match_of("{field: a, length: {" + key + ": 1}}"); });
    each_key(parts.at("emission").as_object(), [&](std::string const& key) { return emits_of("{" + key + ": 1}"); });
    each_key(parts.at("emission_table").as_object(),
             [&](std::string const& key) { return emits_of("{by_value: a, " + key + ": 1}"); });
    each_key(parts.at("test").as_object(), [&](std::string const& key) { return tests_of("{" + key + ": 1}"); });
    each_key(parts.at("test_event").as_object(),
             [&](std::string const& key) { return tests_of("{events: [{" + key + ": 1}]}"); });

    // The modifiers and `field` need an operator beside them.
    for (auto const& property : parts.at("condition").at("properties").as_object()) {
        auto const key = std::string(property.key());
        auto const beside = key == "same" ? "commands_in_order: [{}, {}], "
            : key == "field" || key == "ignore_case" || key == "all" || key == "normalise" ? "pattern: a, "
                                                                                           : "";
        BOOST_TEST(knows(match_of("{" + std::string(beside) + key + ": true}")), key);
    }
}

BOOST_AUTO_TEST_CASE(every_reference_of_the_schema_leads_somewhere) {
    auto const text = rule_schema();
    auto const parts = boost::json::parse(text).at("$defs").as_object();
    constexpr std::string_view prefix = "#/$defs/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
        auto const name = text.substr(at + prefix.size(), text.find('"', at) - at - prefix.size());
        BOOST_TEST(parts.contains(name), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
