#include "text/number.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string_view>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(numbers_in_texts)

BOOST_AUTO_TEST_CASE(a_text_that_is_a_number_is_read) {
    BOOST_TEST(parse_number<std::int64_t>("-9223372036854775808").value() == INT64_MIN);
    BOOST_TEST(parse_number<std::uint16_t>("65535").value() == 65535);
    BOOST_TEST(parse_number<double>("-2.5e-1").value() == -0.25);
    BOOST_TEST(parse_number<unsigned>(std::string_view("12345").substr(1, 2)).value() == 23u);
}

BOOST_AUTO_TEST_CASE(a_text_that_only_holds_one_is_not) {
    for (std::string_view const text :
         {"", " 1", "1 ", "+1", "1x", "x1", "--1", "0x10", "inf", "-infinity", "nan", "nan(1)"}) {
        BOOST_TEST(!parse_number<std::int64_t>(text).has_value(), text);
        BOOST_TEST(!parse_number<double>(text).has_value(), text);
    }
    BOOST_TEST(!parse_number<std::int64_t>("1.0").has_value());
}

BOOST_AUTO_TEST_CASE(a_number_that_does_not_fit_is_none) {
    BOOST_TEST(!parse_number<std::uint16_t>("65536").has_value());
    BOOST_TEST(!parse_number<std::uint64_t>("-1").has_value());
    BOOST_TEST(!parse_number<std::int64_t>("9223372036854775808").has_value());
    BOOST_TEST(!parse_number<double>("1e999").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
