// Searches over bytes and over characters, from the start or from later on, find the same.
#include "regex/python_syntax.hpp"
#include "regex/regex.hpp"
#include "regex/slow_texts.hpp"
#include "text/utf8.hpp"

#include "support/generated_conditions.hpp"
#include "support/plain_search.hpp"
#include "support/seed.hpp"
#include "support/shipped_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>

namespace rulehost {

namespace {

/// Counts texts with and without a match; ignores limits.
struct search_tally {
    std::size_t matches = 0;
    std::size_t misses = 0;

    void compare(regex const& expression, test::plain_search const& plain, std::string_view text) {
        auto const outcome = test::compare(expression, plain, text);
        matches += outcome == test::agreement::on_a_match;
        misses += outcome == test::agreement::on_none;
        BOOST_TEST((outcome != test::agreement::none), expression.expression() << " in " << boost::json::value(text));
    }
};

std::string later(std::string_view expression) {
    auto const made = from_python_syntax(expression, {.where = beginning::later});
    return made ? made->text : "refused";
}

} // namespace

BOOST_AUTO_TEST_SUITE(searches)

BOOST_AUTO_TEST_CASE(generated_expressions_find_what_plain_search_finds) {
    auto const seed = test::seed_or(20'260'101);
    BOOST_TEST_CONTEXT("seed " << seed) {
        test::condition_generator generate{seed};
        search_tally of_ascii;
        search_tally of_valid;
        for (int i = 0; i != 2000; ++i) {
            auto const expression = generate.any_regex(generate.below(2) == 0);
            test::plain_search const plain{*expression};
            for (int j = 0; j != 20; ++j) {
                auto const text = generate.text();
                of_ascii.compare(*expression, plain, test::only_ascii(text));
                of_valid.compare(*expression, plain, to_valid_utf8(text));
            }
        }
        BOOST_TEST(of_ascii.matches > 4000u);
        BOOST_TEST(of_ascii.misses > 4000u);
        BOOST_TEST(of_valid.matches > 4000u);
    }
}

BOOST_AUTO_TEST_CASE(shipped_expressions_find_what_plain_search_finds) {
    search_tally all;
    auto const visit = [&](auto const& self, condition const& node) -> void {
        if (node.expression) {
            test::plain_search const plain{*node.expression};
            for (auto const& text : slow_texts(node.expression->pcre_syntax(), 300)) {
                all.compare(*node.expression, plain, text);
                all.compare(*node.expression, plain, text.substr(1));
            }
        }
        for (auto const& child : node.children)
            self(self, child);
    };
    for (auto const& document : test::shipped_rules())
        if (document.definition)
            visit(visit, document.definition->match);
    BOOST_TEST(all.matches > 100u);
    BOOST_TEST(all.misses > 1000u);
}

BOOST_AUTO_TEST_CASE(alternative_with_a_start_anchor_is_omitted_after_the_start) {
    BOOST_TEST(later("(?:^|[ (])cp ") == "(?:[ (])cp ");
    BOOST_TEST(later("(?:[ (]|^)cp ") == "(?:[ (])cp ");
    BOOST_TEST(later("a|^b|\\Ac|d") == "a|d");
    BOOST_TEST(later("(?i)^a|b") == "(?i)b");
    BOOST_TEST(later("(?:^a|b){2}") == "(?:b){2}");
    BOOST_TEST(later("x(?:^|,)y") == "x(?:,)y");
}

BOOST_AUTO_TEST_CASE(alternative_that_may_match_after_the_start_stays) {
    BOOST_TEST(later("^a|^b") == "^b"); // one alternative must remain
    BOOST_TEST(later("(?:^)a") == "(?:^)a");
    BOOST_TEST(later("(?m)^a|b") == "(?m)^a|b");
    BOOST_TEST(later("(?m:^a|b)|c") == "(?m:^a|b)|c");
    BOOST_TEST(later("(?<=^a|^b)c") == "(?<=^a|^b)c");
    BOOST_TEST(later("a^|b") == "a^|b");
    BOOST_TEST(later("\\^|b") == "\\x{5e}|b");
    BOOST_TEST(later("[^a]|b") == "[^a]|b");
    BOOST_TEST(later("(?:^(a)|b)(c)\\2") == "refused");
    BOOST_TEST(later("(?:^|(a))(?(1)b|c)") == "refused");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
