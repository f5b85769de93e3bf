#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>

#define REPLACED "\xEF\xBF\xBD"

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

BOOST_AUTO_TEST_CASE(well_formed_text_stays_as_it_is) {
    using namespace std::string_literals;
    auto const text = "ascii \0 \x7f \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xF4\x8F\xBF\xBF"s;
    BOOST_TEST(to_valid_utf8(text) == text);
}

BOOST_AUTO_TEST_CASE(each_byte_that_is_no_character_is_replaced) {
    BOOST_TEST(to_valid_utf8("a\xFFz") == "a" REPLACED "z");
    BOOST_TEST(to_valid_utf8("\xC3") == REPLACED); // cut off
    BOOST_TEST(to_valid_utf8("\xE2\x82z") == REPLACED REPLACED "z");
    BOOST_TEST(to_valid_utf8("\xC0\xAF") == REPLACED REPLACED);                           // overlong
    BOOST_TEST(to_valid_utf8("\xE0\x80\xAF") == REPLACED REPLACED REPLACED);              // overlong
    BOOST_TEST(to_valid_utf8("\xED\xA0\x80") == REPLACED REPLACED REPLACED);              // surrogate
    BOOST_TEST(to_valid_utf8("\xF4\x90\x80\x80") == REPLACED REPLACED REPLACED REPLACED); // past the last one
    BOOST_TEST(to_valid_utf8("\x80") == REPLACED);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
