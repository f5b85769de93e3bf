#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>

namespace rulehost {

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(beginning_of_a_text_ends_with_a_whole_character) {
    BOOST_TEST(whole_characters("abc", 3) == "abc");
    BOOST_TEST(whole_characters("abc", 2) == "ab");
    BOOST_TEST(whole_characters("a\u00fcb", 2) == "a");
    BOOST_TEST(whole_characters("a\u00fcb", 3) == "a\u00fc");
    BOOST_TEST(whole_characters("\u20ac", 2) == "");
    BOOST_TEST(whole_characters("\x80\x80\x80", 2) == "");
    BOOST_TEST(whole_characters("", 0) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
