#include "regex/near_miss.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace rulehost;

near_miss miss(std::string_view expression, std::string_view text) {
    return near_miss_of(expression, {}, text);
}

BOOST_AUTO_TEST_SUITE(near_misses)

BOOST_AUTO_TEST_CASE(the_longest_beginning_that_is_found_is_reported) {
    BOOST_TEST(miss(R"(\bwget\s+https?://)", "wget ftp://x").found == R"(\bwget\s+)");
    BOOST_TEST(miss(R"(find\b.*-perm\s+-4000)", "find / -perm 777").found == R"(find\b.*-perm\s+)");
    BOOST_TEST(miss(R"([a-c]{2}x)", "abab").found == "[a-c]{2}");
    BOOST_TEST(miss(R"((?i)wget x)", "WGET y").found == "wget ");
}

BOOST_AUTO_TEST_CASE(groups_and_alternatives_are_gone_into) {
    BOOST_TEST(miss(R"((?:curl|wget)\s+-O)", "wget -q").found == R"((?:curl|wget)\s+-)");
    BOOST_TEST(miss(R"(cat (?:/etc/shadow|/root/x))", "cat /etc/passwd").found == "cat /etc/");
    BOOST_TEST(miss(R"(nc -e|ncat --exec)", "ncat --ssl").found == "ncat --");
}

BOOST_AUTO_TEST_CASE(nearer_text_has_the_greater_share) {
    constexpr std::string_view expression = R"(\bwget\s+https?://)";
    BOOST_TEST(miss(expression, "wget http:/x").share > miss(expression, "wget x").share);
    BOOST_TEST(miss(expression, "wget x").share > miss(expression, "w").share);
    BOOST_TEST(miss(expression, "w").share > 0);
    BOOST_TEST(miss(expression, "ls -la").share == 0);
    BOOST_TEST(miss(expression, "wget http:/x").share < 1);
}

BOOST_AUTO_TEST_CASE(anchors_and_what_may_be_missing_are_no_merit) {
    BOOST_TEST(miss(R"(\b(?:sudo )?x*z)", "ls").share == 0);
    BOOST_TEST(miss(R"((?=.*l)z)", "ls").share == 0);
}

BOOST_AUTO_TEST_CASE(strange_expression_does_no_harm) {
    for (std::string const expression : {"", "(", "[", "\\", "a{", "|", "||a", "(?i", "(((((((((((a)))))))))))b", "a)"})
        BOOST_TEST(miss(expression, "zzz").share < 1, expression);
    BOOST_TEST(miss(std::string(100'000, 'a'), "a").share == 0);
    BOOST_TEST(miss(std::string(2'000, '(') + "a", "a").share < 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
