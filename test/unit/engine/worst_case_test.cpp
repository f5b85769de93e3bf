// Texts made to be slow. The expression itself meters the cost of a search, so these tests need no clock: a search that
// would take too long ends as `limit_hit`.
#include "regex/regex.hpp"
#include "regex/slow_texts.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/shipped_rules.hpp"

#include <rulehost/engine.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

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

template <typename Visit>
void each_expression(condition const& node, Visit&& visit) {
    if (node.expression)
        visit(*node.expression);
    for (auto const& child : node.children)
        each_expression(child, visit);
}

} // namespace

BOOST_AUTO_TEST_SUITE(worst_case)

BOOST_AUTO_TEST_CASE(shipped_rules_on_fields_made_to_slow_them_stay_within_what_is_allowed) {
    std::size_t expressions = 0;
    std::size_t searches = 0;
    std::size_t most = 0;
    for (auto const& document : test::shipped_rules()) {
        if (!document.definition)
            continue;
        std::size_t number = 0;
        each_expression(document.definition->match, [&](regex const& expression) {
            ++expressions;
            for (auto const& text : slow_texts(expression.pcre_syntax(), field_size)) {
                // A sample keeps the test short; `rulehost bench worst` tries all.
                if (++number % 6 != 0)
                    continue;
                ++searches;
                regex::allowance allowed;
                auto const outcome = expression.search(text, allowed);
                most = std::max(most, regex::allowance::most - allowed.left);
                // A search that did not finish used up its allowance, and not a second one; a linear one finishes.
                bool const is_limited = outcome == regex::outcome::limit_hit;
                BOOST_TEST((!is_limited || allowed.left == 0), expression.expression());
                BOOST_TEST((!is_limited || expression.why_not_linear()), expression.expression());
            }
        });
    }
    BOOST_TEST(expressions > 50u);
    BOOST_TEST(searches > 1000u);
    // Texts that cost nothing would prove nothing.
    BOOST_TEST(most > regex::allowance::most / 10);
}

BOOST_AUTO_TEST_CASE(searches_of_one_rule_share_what_is_allowed) {
    auto const text = std::string(1'000, 'x') + "!y";
    regex::allowance allowed;
    BOOST_TEST((regex::compile("(?=x)(x+x+)+y", {}).value()->search(text, allowed) == regex::outcome::limit_hit));
    BOOST_TEST(allowed.left == 0u);
    BOOST_TEST((regex::compile("(?=x)x+!", {}).value()->search(text, allowed) == regex::outcome::limit_hit));
}

BOOST_AUTO_TEST_CASE(rule_of_many_slow_searches_fails_once_and_alone) {
    engine host;
    std::string several;
    std::string text = std::string(60'000, 'x');
    for (int i = 0; i != 20; ++i) {
        several += (i == 0 ? "{pattern: '(?=x)(x+x+)+" : ", {pattern: '(?=x)(x+x+)+") + std::to_string(i) + "y'}";
        text += " " + std::to_string(i) + "y";
    }
    host.apply({1, "R1", test::rule_matching("{any_of: [" + several + "]}")});
    host.apply({2, "R2", test::rule_matching("{pattern: '19y$'}", "R2")});
    auto const result = host.evaluate(test::command(text), test::noon).value();
    BOOST_TEST(result.failed.size() == 1u);
    BOOST_REQUIRE_EQUAL(result.tags.size(), 2u);
    BOOST_TEST(result.tags[0].undecided);
    BOOST_TEST(result.tags[1].rule_id == "R2");
    BOOST_TEST(!result.tags[1].undecided);
}

BOOST_AUTO_TEST_CASE(rule_that_hits_the_limit_disturbs_no_other_rule) {
    engine host;
    host.apply({1, "R1", test::rule_matching("{pattern: '^(?=\\w)(?:\\w+\\s?)+$'}")});
    host.apply({2, "R2", test::rule_matching("{pattern: '^a canary'}", "R2")});
    auto const result = host.evaluate(test::command("a canary " + std::string(60'000, 'w') + "!"), test::noon).value();
    BOOST_TEST(result.tags.size() == 1u);
    BOOST_TEST(result.failed.size() == 1u);
    BOOST_TEST(host.statistics().front().failures == 1u);
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
    auto const result = host.evaluate(e, test::noon).value();
    BOOST_TEST(result.tags.empty());
    BOOST_TEST(result.failed.empty());
}

BOOST_AUTO_TEST_CASE(lists_as_long_as_a_line_are_not_compared_each_with_each) {
    constexpr std::size_t count = 250'000;
    auto e = test::make_event("email", "{}");
    e.payload["a"].emplace_array().resize(count, 1);
    e.payload["b"].emplace_array().resize(count, 2);
    engine host;
    host.apply(rule_change{1, "R1", test::rule_matching("{field: a, equals_field: b}", "R1", "[email]")});
    BOOST_TEST(host.evaluate(e, test::noon).value().tags.empty()); // within the hour
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
