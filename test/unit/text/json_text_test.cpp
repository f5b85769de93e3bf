#include <rulehost/json_text.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

using namespace rulehost;

namespace {

std::string written(boost::json::value const& value) {
    return json_text(value);
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_texts)

BOOST_AUTO_TEST_CASE(numbers_are_written_as_people_write_them) {
    BOOST_TEST(written(0.85) == "0.85");
    BOOST_TEST(written(1.0) == "1.0");
    BOOST_TEST(written(-0.0) == "-0.0");
    BOOST_TEST(written(1e300) == "1e+300");
    BOOST_TEST(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    BOOST_TEST(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(number_too_large_for_the_type_stays_too_large) {
    auto const infinite = boost::json::parse("1e999");
    BOOST_TEST(written(infinite) == "1e999");
    BOOST_TEST(written(-std::numeric_limits<double>::infinity()) == "-1e999");
    BOOST_TEST(written(std::numeric_limits<double>::quiet_NaN()) == "null");
}

BOOST_AUTO_TEST_CASE(text_is_that_of_the_library) {
    for (std::string const text : {R"({})", R"([])", R"({"a":[],"b":{},"c":[null,true,false,-7,"x"]})",
                                   R"("\"\\\b\f\n\r\t\u0000\u001f")", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80/\""}) {
        auto const value = boost::json::parse(text);
        BOOST_TEST(written(value) == boost::json::serialize(value));
    }
}

BOOST_AUTO_TEST_CASE(characters_that_a_terminal_obeys_or_hides_are_written_by_number) {
    BOOST_TEST(written("\x7F") == R"("\u007f")");
    BOOST_TEST(written("a\xC2\x9B"
                       "31m") == R"("a\u009b31m")");
    BOOST_TEST(written("\xE2\x80\xAE"
                       "exe\xEF\xBB\xBF") == R"("\u202eexe\ufeff")");
    BOOST_TEST(written("\xF3\xA0\x81\x81!") == R"("\udb40\udc41!")");
    BOOST_TEST(written("\xC2\xA9\xE2\x82\xAC") == "\"\xC2\xA9\xE2\x82\xAC\"");
    BOOST_TEST(written("\xE2\x80") == "\"\xE2\x80\""); // invalid UTF-8 stays unchanged
    boost::json::value const text("\xE2\x80\xAE\xF3\xA0\x81\x81\x7F");
    BOOST_TEST(boost::json::parse(written(text)) == text);
}

BOOST_AUTO_TEST_CASE(written_numbers_read_back_the_same) {
    std::mt19937_64 random{7};
    for (int i = 0; i < 20'000; ++i) {
        auto const bits = random();
        double number = 0;
        static_assert(sizeof number == sizeof bits);
        std::memcpy(&number, &bits, sizeof number);
        if (number != number || number - number != 0)
            continue;
        boost::json::object const object{{"number", number}, {std::to_string(bits), bits}};
        auto const back = boost::json::parse(written(object)).as_object();
        BOOST_REQUIRE(back.at(std::to_string(bits)).to_number<std::uint64_t>() == bits);
        auto const text =
            written(number); // read by the standard library: Boost.JSON 1.81 reads with an error of an ulp
        double again = 0;
        std::from_chars(text.data(), text.data() + text.size(), again);
        BOOST_REQUIRE(again == number);
    }
}

BOOST_AUTO_TEST_SUITE_END()
