#include "output/http_verdict.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using meaning = http_verdict::meaning;

BOOST_AUTO_TEST_SUITE(http_verdicts)

BOOST_AUTO_TEST_CASE(only_faults_of_the_document_are_rejected) {
    for (unsigned const status : {200u, 201u, 202u, 204u})
        BOOST_TEST((judge(status).what == meaning::taken), status);
    for (unsigned const status : {400u, 409u, 413u, 422u})
        BOOST_TEST((judge(status).what == meaning::refused), status);
    for (unsigned const status : {301u, 401u, 403u, 404u, 405u, 408u, 415u, 429u, 451u, 500u, 502u, 503u, 504u})
        BOOST_TEST((judge(status).what == meaning::later), status);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_away_is_retried_after_the_pause_that_it_requests) {
    BOOST_TEST((judge(429, std::chrono::seconds{7}).pause == std::chrono::seconds{7}));
    BOOST_TEST((judge(503).pause == duration{}));
}

BOOST_AUTO_TEST_SUITE_END()
