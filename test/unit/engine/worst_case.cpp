// Texts made to be slow. What a search costs is metered inside the expression, so these tests need no clock: a search
// that would take too long ends as `limit_hit`.
#include "match/required_literals.hpp"
#include "rule/regex.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <rulehost/engine.hpp>

#include <boost/test/unit_test.hpp>

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

/// Repeated prefixes, separators that keep quantifiers busy, and near misses: all an expression needs but one word.
std::vector<std::string> slow_texts_for(regex const& expression) {
    auto const clauses = required_literals(expression.pcre_syntax());
    std::vector<std::string> texts;
    std::string whole;
    for (auto const& words : clauses)
        whole += words.front() + " ";
    for (std::string_view const filler : {"", " ", "a", "/", "-a ", "\t", "A=1 ", ".", "..%2f", "\"", "$("}) {
        if (!filler.empty())
            texts.push_back(repeated(filler));
        for (auto const& words : clauses)
            for (auto const& word : words)
                texts.push_back(repeated(word + std::string(filler)));
        for (std::size_t missing = 0; missing != clauses.size(); ++missing) {
            std::string miss;
            for (std::size_t i = 0; i != clauses.size(); ++i)
                if (i != missing)
                    miss += clauses[i].front() + std::string(filler);
            if (!miss.empty())
                texts.push_back(repeated(miss));
        }
        if (!whole.empty())
            texts.push_back(whole + repeated(filler.empty() ? "x" : filler));
    }
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

BOOST_AUTO_TEST_CASE(no_shipped_rule_gives_up_on_a_field_made_to_slow_it) {
    std::size_t searched = 0;
    for (auto const& file : std::filesystem::recursive_directory_iterator{RULEHOST_SOURCE_DIR "/rules"}) {
        if (file.path().extension() != ".yaml")
            continue;
        for (auto const& document : read_rules(text_of(file.path()), file.path().filename().string())) {
            if (!document.definition)
                continue;
            std::set<std::string> limited;
            each_expression(document.definition->match, [&](regex const& expression) {
                for (auto const& text : slow_texts_for(expression)) {
                    ++searched;
                    if (expression.search(text) == regex::outcome::limit_hit)
                        limited.insert(text.substr(0, 40));
                }
            });
            BOOST_TEST(limited.empty(), document.rule_id << " gives up on a repeated '" << *limited.begin() << "'");
        }
    }
    BOOST_TEST(searched > 1000u);
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
