#include "match/value/letter_fold.hpp"
#include "match/value/required_literals.hpp"

#include "regex/regex.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace rulehost {

namespace {

using clauses = std::vector<clause>;

clauses of(std::string_view expression) {
    return required_literals((*regex::compile(expression, {}))->pcre_syntax());
}

} // namespace

BOOST_AUTO_TEST_SUITE(literals_that_an_expression_requires)

BOOST_AUTO_TEST_CASE(runs_of_characters) {
    BOOST_TEST((of("wget") == clauses{{"wget"}}));
    BOOST_TEST((of("WGet .*HTTP") == clauses{{"wget "}, {"http"}}));
    BOOST_TEST((of(R"(\bwget\b\s+-O)") == clauses{{"wget"}, {"-o"}}));
    BOOST_TEST((of(R"(/etc/pass\x77d$)") == clauses{{"/etc/passwd"}}));
}

BOOST_AUTO_TEST_CASE(alternatives_and_options_multiply) {
    BOOST_TEST((of("(?:wget|curl) x") == clauses{{"curl x", "wget x"}}));
    BOOST_TEST((of("https?://") == clauses{{"http://", "https://"}}));
    BOOST_TEST((of("[Cc]url") == clauses{{"curl"}}));
    BOOST_TEST((of("(?:foo)?barbaz") == clauses{{"barbaz"}}));
    BOOST_TEST((of("ab{2}c+d") == clauses{{"abb"}}));
}

BOOST_AUTO_TEST_CASE(branches_of_unknown_content_give_what_they_have) {
    BOOST_TEST((of(R"((?:nc\d+ -e|socat.*exec))") == clauses{{" -e", "socat"}}));
    BOOST_TEST(of(R"((?:nc\d+|\w+))").empty());
}

BOOST_AUTO_TEST_CASE(optional_parts_are_not_required) {
    BOOST_TEST(of("(?:wget)*").empty());
    BOOST_TEST(of("(?!wget)").empty());
    BOOST_TEST(of(R"([a-z0-9]{32})").empty());
    BOOST_TEST(of("(?=wget)").empty());
    BOOST_TEST((of("x(?:a|bc*)yz") == clauses{{"yz"}}));
    BOOST_TEST(of("").empty());
}

BOOST_AUTO_TEST_CASE(characters_beyond_ascii_interrupt) {
    BOOST_TEST((of("caf\xc3\xa9 noir") == clauses{{"caf"}, {" noir"}}));
    BOOST_TEST((of(R"(ab\u212acd)") == clauses{{"ab"}, {"cd"}}));
    BOOST_TEST((of(R"(ab\x00cd)") == clauses{{"ab"}, {"cd"}}));
}

BOOST_AUTO_TEST_CASE(words_that_contain_another_are_removed) {
    clause words{"/etc/passwd", "shadow", "passwd", "passwd", "shadows", "hado"};
    reduce(words);
    BOOST_TEST((words == clause{"hado", "passwd"}));
    reduce(words);
    BOOST_TEST((words == clause{"hado", "passwd"}));
}

BOOST_AUTO_TEST_CASE(fold_replaces_the_characters_that_pass_for_letters) {
    std::string out;
    BOOST_TEST(append_fold("\xe2\x84\xaai\xc5\xbf\xc5\xbf", out));
    BOOST_TEST(out == "kiss");
    BOOST_TEST(folded("K\xc4\xb0L\xc4\xb1 caf\xc3\xa9") == "kili caf\xc3\xa9");
    out.clear();
    BOOST_TEST(!append_fold("kiss caf\xc3\xa9", out));
    BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
