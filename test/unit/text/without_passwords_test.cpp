#include "text/without_passwords.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(passwords_in_texts)

BOOST_AUTO_TEST_CASE(password_of_a_url_is_painted_over_byte_by_byte) {
    BOOST_TEST(without_passwords("postgresql://bob:secret@host/db") == "postgresql://bob:******@host/db");
    BOOST_TEST(without_passwords("bad URL 'http://bob:a/b:c@d@host:1/p' of two: nats://x:y@z") ==
               "bad URL 'http://bob:*******@host:1/p' of two: nats://x:*@z");
    BOOST_TEST(without_passwords("nats://token@host") == "nats://*****@host");
    BOOST_TEST(without_passwords("nats://a:secret@one,nats://a:secret@two") ==
               "nats://a:" + std::string(26, '*') + "@two");
}

BOOST_AUTO_TEST_CASE(text_without_a_password_stays_as_it_is) {
    for (std::string const text :
         {"", "://", "@", "://@", "a@b.example: see http://host:80/x",
          "mysql://host:3306/db: denied for 'bob'@'localhost'", "postgresql://bob@host/db", "12:30 http://"})
        BOOST_TEST(without_passwords(text) == text);
}

BOOST_AUTO_TEST_CASE(line_that_is_a_url_hides_a_password_with_blanks) {
    BOOST_TEST(without_passwords("http://bob:se cr'et@host", url_reach::line) == "http://bob:********@host");
}

BOOST_AUTO_TEST_SUITE_END()
