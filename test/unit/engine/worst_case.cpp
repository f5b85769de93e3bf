// Texts made to be slow. What a search costs is metered inside the expression, so these tests need no clock: a search
// that would take too long ends as `limit_hit`.
#include "match/required_literals.hpp"
#include "rule/regex.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <rulehost/engine.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace rulehost {

namespace {

constexpr std::size_t field_size = 64 * 1024;

std::string repeated(std::string_view piece) {
    std::string text;
    text.reserve(field_size);
    while (text.size() + piece.size() <= field_size)
        text += piece;
    return text;
}

/// Repeated prefixes, a separator that keeps quantifiers busy, and a near miss: all an expression needs but one word.
std::vector<std::string> slow_texts_for(regex const& expression) {
    auto const clauses = required_literals(expression.pcre_syntax());
    std::vector<std::string> texts;
    std::string near_miss;
    for (std::size_t i = 0; i + 1 < clauses.size(); ++i)
        near_miss += clauses[i].front() + "\t";
    if (!clauses.empty())
        texts.push_back(repeated(clauses.front().front() + "\t"));
    if (!near_miss.empty())
        texts.push_back(repeated(near_miss));
    return texts;
}

template <typename Visit>
void each_expression(condition const& node, Visit&& visit) {
    if (node.expression)
        visit(*node.expression);
    for (auto const& child : node.children)
        each_expression(child, visit);
}

std::string text_of(std::filesystem::path const& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(worst_case)

BOOST_AUTO_TEST_CASE(shipped_rules_on_fields_made_to_slow_them_disturb_no_other_rule) {
    engine host;
    revision newest = 0;
    host.apply({++newest, "canary", test::rule_matching("{pattern: '^a canary'}", "canary")});
    std::set<std::string> texts;
    for (auto const& file : std::filesystem::recursive_directory_iterator{RULEHOST_SOURCE_DIR "/rules"}) {
        if (file.path().extension() != ".yaml")
            continue;
        for (auto const& document : read_rules(text_of(file.path()), file.path().filename().string())) {
            if (!document.definition)
                continue;
            host.apply({++newest, document.rule_id, document.definition});
            std::size_t number = 0;
            each_expression(document.definition->match, [&](regex const& expression) {
                // One expression a rule keeps the test short; the fuzzer goes on without end.
                if (++number == 1)
                    for (auto& text : slow_texts_for(expression))
                        texts.insert(std::move(text));
            });
        }
    }
    BOOST_TEST(texts.size() > 50u);
    std::size_t failed = 0;
    std::size_t number = 0;
    for (auto const& text : texts) {
        if (++number % 8 != 0)
            continue;
        auto const result = host.evaluate(test::command("a canary " + text), test::noon);
        BOOST_TEST(std::ranges::count(result.tags, "canary", &tag::rule_id) == 1);
        failed += result.failed.size();
    }
    std::size_t counted = 0;
    for (auto const& one : host.statistics())
        counted += one.failures;
    BOOST_TEST(counted == failed);
}

BOOST_AUTO_TEST_CASE(catastrophic_expressions_end_at_the_limit) {
    struct pair {
        std::string_view expression;
        std::string_view repeated_text;
    };
    for (auto const& [expression, text] : {pair{"(a+)+b", "a"}, pair{"(x+x+)+y", "x"}, pair{"(.*)*=(.*)*;", "="},
                                           pair{"(a|aa)+$", "a"}, pair{"^(\\w+\\s?)+$", "ab "}, pair{".*.*.*=", "x"}}) {
        auto const compiled = *regex::compile(expression, {});
        auto const outcome = compiled->search(repeated(text) + "!");
        BOOST_TEST((outcome != regex::outcome::match), expression);
    }
}

BOOST_AUTO_TEST_CASE(line_of_a_megabyte_costs_no_more_than_the_scan_limit) {
    engine host;
    host.apply({1, "R1", test::rule_matching("{pattern: '(?:wget|curl) .*/x'}")});
    auto const e = test::command(std::string(1024 * 1024, 'w') + " wget /x");
    auto const result = host.evaluate(e, test::noon);
    BOOST_TEST(result.tags.empty());
    BOOST_TEST(result.failed.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
