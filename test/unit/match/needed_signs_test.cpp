#include "match/value/needed_signs.hpp"

#include "regex/regex.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <string_view>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(signs_that_expressions_need)

BOOST_AUTO_TEST_CASE(a_text_without_them_is_not_searched) {
    needed_signs const one(R"(\w(?:""|''|\$@)\w{1,8}\w)");
    BOOST_TEST(one.may_hold("a''b"));
    BOOST_TEST(one.may_hold("$@"));
    BOOST_TEST(!one.may_hold("a'b\"c"));
    needed_signs const single(R"(\x{2f}\w+\?)");
    BOOST_TEST(single.may_hold("?/"));
    BOOST_TEST(!single.may_hold("/bin"));
}

BOOST_AUTO_TEST_CASE(letters_do_not_count_since_their_case_may_not) {
    BOOST_TEST(needed_signs("(?i)abc").may_hold(""));
    BOOST_TEST(needed_signs("a|%").may_hold(""));
    BOOST_TEST(needed_signs("(?i)x-or-y=").may_hold("-Y="));
    BOOST_TEST(!needed_signs("(?i)x-or-y=").may_hold("x"));
    BOOST_TEST(needed_signs("(").may_hold("")); // it does not compile
}

constexpr std::string_view expressions[]{
    R"(\w\$\{?IFS\b)",
    R"(\w(?:""|''|\$@|``|\$\(\))\w{1,8}(?:""|'')\w)",
    R"((?:^|[;|&({]\s*|\b(?:then|do)\s)(?:\w{1,6}(?:\\\w{1,8}){2,8}|(?:\\\w){3,12}|\{\w{2,12},[^\s{}]{1,80}\})(?:\s|$))",
    R"((?:^|[;|&])/[\w?*]{1,8}[\w/?*]{0,20}\?[\w?*]{0,8})",
    R"(\$['@]*(?:\\x?[0-9a-fA-F]{2,3}|IFS))",
    R"((?!;)/|[=:]{2}(?<=:)x?)",
    R"((?i)%|&{2,3}|(?:;|\|)*/)",
};

BOOST_DATA_TEST_CASE(each_text_in_which_it_is_found_holds_them, boost::unit_test::data::make(expressions), expression) {
    auto const compiled = regex::compile(expression, {}).value();
    needed_signs const needed(compiled->pcre_syntax());
    std::mt19937 random(7);
    constexpr std::string_view pieces[]{"$",  "{", "}", "IFS", "\"\"", "''", "$@", "a", "b", "/", "?", "*", "\\x41",
                                        "\\", ";", "|", "&",   " ",    ",",  "=",  ":", "%", "'", "(", ")", "0a"};
    std::size_t found = 0;
    for (int round = 0; round != 20'000; ++round) {
        std::string text;
        for (auto left = random() % 12; left != 0; --left)
            text += pieces[random() % std::size(pieces)];
        if (compiled->search(text) != regex::outcome::match)
            continue;
        ++found;
        BOOST_REQUIRE_MESSAGE(needed.may_hold(text), text);
    }
    BOOST_TEST(found != 0u);
}

BOOST_AUTO_TEST_SUITE_END()
