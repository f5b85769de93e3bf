#include "event/readable_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(text_made_readable)

BOOST_AUTO_TEST_CASE(well_formed_text_stays_as_it_is) {
    auto const text = "ascii \0 \x7f \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xF4\x8F\xBF\xBF"s;
    BOOST_TEST(with_valid_json_text(text) == text);
}

BOOST_AUTO_TEST_CASE(only_a_surrogate_without_its_partner_is_replaced) {
    BOOST_TEST(with_valid_json_text(R"("\ud83d\ude00")") == R"("\ud83d\ude00")");
    BOOST_TEST(with_valid_json_text(R"("\ud83d")") == R"("\ufffd")");
    BOOST_TEST(with_valid_json_text(R"("\uDE00x")") == R"("\ufffdx")");
    BOOST_TEST(with_valid_json_text(R"("\ud83d\ud83d\ude00")") == R"("\ufffd\ud83d\ude00")");
    BOOST_TEST(with_valid_json_text(R"("\ud83d\u0041")") == R"("\ufffd\u0041")");
}

BOOST_AUTO_TEST_CASE(control_character_is_escaped_inside_a_string_only) {
    BOOST_TEST(with_valid_json_text("{\t\"a\":\"\x1b[0m\0\t\"\t}"s) == "{\t\"a\":\"\\u001b[0m\\u0000\\u0009\"\t}");
    BOOST_TEST(with_valid_json_text("\"\\\"\t\"") == R"("\"\u0009")");
}

BOOST_AUTO_TEST_CASE(escaped_backslash_before_a_u_is_no_escape) {
    BOOST_TEST(with_valid_json_text(R"("\\ud83d")") == R"("\\ud83d")");
    BOOST_TEST(with_valid_json_text(R"("\u00e9\n\")") == R"("\u00e9\n\")");
    BOOST_TEST(with_valid_json_text(R"(\ud8)") == R"(\ud8)");
    BOOST_TEST(with_valid_json_text("\\") == "\\");
}

BOOST_AUTO_TEST_SUITE_END()
