#include "http/http_target.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(http_targets)

BOOST_AUTO_TEST_CASE(a_url_says_where_requests_go) {
    auto const plain = http_target::parse("http://example.net");
    BOOST_TEST((!plain.encrypted && plain.host == "example.net" && plain.port == "80" && plain.path == "/"));
    auto const secret = http_target::parse("https://hooks.example.net/services/T0/B0/x%20y?a=b&c");
    BOOST_TEST((secret.encrypted && secret.port == "443"));
    BOOST_TEST(secret.path == "/services/T0/B0/x%20y?a=b&c");
    auto const v6 = http_target::parse("http://[::1]:8080/hook");
    BOOST_TEST((v6.host == "::1" && v6.port == "8080"));
    BOOST_TEST(v6.authority() == "[::1]:8080");
    BOOST_TEST(plain.authority() == "example.net:80");
}

BOOST_AUTO_TEST_CASE(a_service_has_a_port_of_its_own) {
    BOOST_TEST(http_target::parse("http://example.net", "4318").port == "4318");
    BOOST_TEST(http_target::parse("https://example.net/a", "4318").port == "4318");
    BOOST_TEST(http_target::parse("http://example.net:80", "4318").port == "80");
}

BOOST_AUTO_TEST_CASE(malformed_url_is_rejected_without_being_quoted) {
    for (auto const* const text : {"", "example.net", "ftp://h/secret", "http://", "http://user:secret@h/",
                                   "http://h/#secret", "http://h/ secret"})
        BOOST_CHECK_EXCEPTION(http_target::parse(text), std::invalid_argument, [](std::invalid_argument const& error) {
            return std::string(error.what()).find("secret") == std::string::npos;
        });
}

BOOST_AUTO_TEST_SUITE_END()
