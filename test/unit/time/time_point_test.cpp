#include <rulehost/time_point.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace rulehost;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;

namespace {

rulehost::time_point at(int year_number, unsigned month_number, unsigned day_number, rulehost::duration of_day = {}) {
    return sys_days{year{year_number} / static_cast<int>(month_number) / static_cast<int>(day_number)} + of_day;
}

rulehost::duration const ten_oclock = hours{10};

} // namespace

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(instant_is_written_in_utc_with_six_decimals) {
    BOOST_TEST(format_time(at(2026, 12, 1, ten_oclock)) == "2026-12-01T10:00:00.000000Z");
    BOOST_TEST(format_time(at(2026, 2, 28, hours{23} + minutes{59} + seconds{58} + microseconds{7})) ==
               "2026-02-28T23:59:58.000007Z");
    BOOST_TEST(format_time(at(1969, 12, 31, hours{23} + microseconds{1})) == "1969-12-31T23:00:00.000001Z");
    BOOST_TEST(format_time(at(7, 3, 9, hours{4} + minutes{5} + seconds{6} + microseconds{123'456})) ==
               "0007-03-09T04:05:06.123456Z");
    BOOST_TEST(format_time(at(-1, 12, 31, hours{0})) == "-1-12-31T00:00:00.000000Z");
    BOOST_TEST(format_time(at(10'000, 1, 1, hours{0})) == "10000-01-01T00:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(people_are_reported_the_two_largest_units) {
    BOOST_TEST(format_roughly(days{3} + hours{4} + minutes{59}) == "3d4h");
    BOOST_TEST(format_roughly(hours{4}) == "4h");
    BOOST_TEST(format_roughly(hours{1} + minutes{30} + seconds{59}) == "1h30m");
    BOOST_TEST(format_roughly(minutes{10} + seconds{23} + microseconds{581'871}) == "10m23s");
    BOOST_TEST(format_roughly(milliseconds{1999}) == "1s");
    BOOST_TEST(format_roughly(microseconds{999'999}) == "<1s");
    BOOST_TEST(format_roughly(-hours{1}) == "<1s");
}

BOOST_AUTO_TEST_CASE(accepted_forms_mean_the_same_instant) {
    auto const expected = at(2026, 12, 1, ten_oclock);
    for (auto const* text :
         {"2026-12-01T10:00:00.000000Z", "2026-12-01T10:00Z", "2026-12-01 10:00", "2026-12-01t10:00:00z",
          "2026-12-01T12:00:00+02:00", "2026-12-01T12:00+0200", "2026-12-01T04:30:00.0-05:30",
          "2026-12-01T10:00:00.0000000000000000000000000000000000009Z"})
        BOOST_TEST((parse_time(text).value() == expected), text);
}

BOOST_AUTO_TEST_CASE(fraction_is_cut_to_microseconds) {
    auto const second = at(2026, 1, 1, seconds{1});
    BOOST_TEST((parse_time("2026-01-01T00:00:01.5Z").value() == second + milliseconds{500}));
    BOOST_TEST((parse_time("2026-01-01T00:00:01.1234569Z").value() == second + microseconds{123456}));
}

BOOST_AUTO_TEST_CASE(leap_second_and_leap_day_are_instants) {
    BOOST_TEST((parse_time("2016-12-31T23:59:60Z").value() == at(2017, 1, 1)));
    BOOST_TEST((parse_time("2024-02-29T00:00Z").value() == at(2024, 2, 29)));
}

BOOST_AUTO_TEST_CASE(formatted_time_is_read_back) {
    for (auto const instant :
         {at(1970, 1, 1), at(2038, 1, 19, hours{3} + microseconds{999'999}), at(9999, 12, 31), at(0, 1, 1)})
        BOOST_TEST((parse_time(format_time(instant)).value() == instant));
}

BOOST_DATA_TEST_CASE(malformed_instant_is_refused,
                     boost::unit_test::data::make({"",
                                                   "Z",
                                                   "2026-12-01",
                                                   "2026-12-01T",
                                                   "2026-12-01T10",
                                                   "2026-12-01T10Z",
                                                   "2026-12-01T10:0Z",
                                                   "2026-13-01T10:00Z",
                                                   "2026-02-29T10:00Z",
                                                   "2026-00-10T10:00Z",
                                                   "2026-12-01T24:00Z",
                                                   "2026-12-01T10:60Z",
                                                   "2026-12-01T10:00:61Z",
                                                   "2026-12-01T10:00:00.Z",
                                                   "2026-12-01T10:00.5Z",
                                                   "2026-12-01T10:00+2",
                                                   "2026-12-01T10:00+24:00",
                                                   "2026-12-01T10:00Zx",
                                                   " 2026-12-01T10:00Z",
                                                   "26-12-01T10:00Z",
                                                   "-2026-12-01T10:00Z",
                                                   "2026-12-01X10:00Z",
                                                   "2026/12/01T10:00Z"}),
                     text) {
    BOOST_TEST(parse_time(text).has_error());
}

BOOST_AUTO_TEST_CASE(local_time_is_that_of_the_zone) {
    auto const expected = at(2026, 12, 1, ten_oclock);
    BOOST_TEST((parse_time("2026-12-01T15:30", hours{5} + minutes{30}).value() == expected));
    BOOST_TEST((parse_time("2026-12-01 07:00:00.000", -hours{3}).value() == expected));
    BOOST_TEST((parse_time("2026-12-01T10:00Z", hours{2}).value() == expected));
    BOOST_TEST((parse_time("2026-12-01T04:00-06:00", hours{2}).value() == expected));
}

BOOST_AUTO_TEST_CASE(instant_beyond_the_years_of_four_digits_is_refused) {
    BOOST_TEST((parse_time("9999-12-31T23:59:59.999999-00:00").value() == at(9999, 12, 31, days{1} - microseconds{1})));
    BOOST_TEST(
        (parse_time("9999-12-31T23:59:59+00:01").value() == at(9999, 12, 31, hours{23} + minutes{58} + seconds{59})));
    for (auto const* const text : {"9999-12-31T23:59:59-23:59", "9999-12-31T23:59:00-00:01", "9999-12-31T23:59:60Z"})
        BOOST_TEST(parse_time(text).has_error(), text);
    BOOST_TEST((parse_time("0000-01-01T00:01:00+00:01").value() == at(0, 1, 1)));
    for (auto const* const text : {"0000-01-01T00:00:00+23:59", "0000-01-01T00:00:59.999999+00:01"})
        BOOST_TEST(parse_time(text).has_error(), text);
    BOOST_TEST(parse_time("9999-12-31T23:00", -hours{1}).has_error());
    BOOST_TEST(parse_time("0000-01-01T00:59", hours{1}).has_error());
}

BOOST_AUTO_TEST_CASE(durations_are_sums_of_units) {
    BOOST_TEST((parse_duration("4h").value() == hours{4}));
    BOOST_TEST((parse_duration("1h30m").value() == minutes{90}));
    BOOST_TEST((parse_duration("7d").value() == days{7}));
    BOOST_TEST((parse_duration("250ms").value() == milliseconds{250}));
    BOOST_TEST((parse_duration("0s").value() == rulehost::duration{0}));
    BOOST_TEST((parse_duration("1d2h3m4s5ms6us").value() ==
                days{1} + hours{2} + minutes{3} + seconds{4} + milliseconds{5} + microseconds{6}));
    BOOST_TEST((parse_duration("1000000d").value() == days{1'000'000}));
}

BOOST_DATA_TEST_CASE(malformed_duration_is_refused,
                     boost::unit_test::data::make({"", "4", "h", "-4h", "+4h", "4 h", "4h ", "4H", "1.5h", "30m1h",
                                                   "1h1h", "4hh", "1000001d", "1000000d1us", "99999999999999999999d",
                                                   "5y"}),
                     text) {
    BOOST_TEST(parse_duration(text).has_error());
}

BOOST_AUTO_TEST_CASE(duration_is_written_in_the_largest_units) {
    BOOST_TEST(format_duration(hours{4}) == "4h");
    BOOST_TEST(format_duration(minutes{90}) == "1h30m");
    BOOST_TEST(format_duration(milliseconds{250}) == "250ms");
    BOOST_TEST(format_duration(hours{49} + microseconds{3}) == "2d1h3us");
    BOOST_TEST(format_duration(rulehost::duration{0}) == "0s");
}

BOOST_AUTO_TEST_SUITE_END()
