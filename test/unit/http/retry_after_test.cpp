#include "http/retry_after.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

time_point const now = std::chrono::sys_days{std::chrono::year{2026} / 10 / 21} + 7h + 27min;

} // namespace

BOOST_AUTO_TEST_SUITE(retry_after)

BOOST_AUTO_TEST_CASE(seconds_and_dates_are_read) {
    BOOST_TEST((parse_retry_after("7", now) == 7s));
    BOOST_TEST((parse_retry_after("Wed, 21 Oct 2026 07:28:00 GMT", now) == 60s));
    BOOST_TEST((parse_retry_after("Wed, 21 Oct 2026 07:26:00 GMT", now) == 0s)); // it is over
}

BOOST_AUTO_TEST_CASE(no_server_stops_a_client_for_more_than_five_minutes) {
    BOOST_TEST((parse_retry_after("4294967295", now) == 5min));
    BOOST_TEST((parse_retry_after("Thu, 21 Oct 2027 07:28:00 GMT", now) == 5min));
}

BOOST_AUTO_TEST_CASE(malformed_headers_request_nothing) {
    for (auto const* const text :
         {"", "soon", "-1", "99999999999999999999", "Wed, 32 Oct 2026 07:28:00 GMT", "Wed, 21 Okt 2026 07:28:00 GMT",
          "Wed, 21 anO 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 +0900", "Wed, 21 Oct 2026 -7:28:00 GMT",
          "Wed, 21 Oct 2026 07:28:00 GMT and more"})
        BOOST_TEST(!parse_retry_after(text, now), text);
}

BOOST_AUTO_TEST_SUITE_END()
