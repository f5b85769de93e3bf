#include "event/typed_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace rulehost {

BOOST_AUTO_TEST_SUITE(typed_texts)

BOOST_AUTO_TEST_CASE(a_command_is_its_line) {
    tag t;
    t.evidence = {{"command_text", "cat /etc/shadow"}, {"src", "203.0.113.5"}, {"uid", 0}};
    BOOST_TEST(typed_text(t) == "cat /etc/shadow");
}

BOOST_AUTO_TEST_CASE(other_evidence_is_named) {
    tag t;
    t.evidence = {
        {"username", "root"}, {"src_ip", "203.0.113.5"}, {"window", {{"reached", 5}}}, {"password", "toor"}, {"n", 1}};
    BOOST_TEST(typed_text(t) == "username=root password=toor n=1");
    t.evidence = {};
    BOOST_TEST(typed_text(t).empty());
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_between_characters) {
    tag t;
    t.evidence = {{"command_text", "x" + std::string(200, 'a')}};
    BOOST_TEST(typed_text(t).size() == max_typed_text + 3);
    std::string umlauts = "x";
    for (int i = 0; i < 100; ++i)
        umlauts += "\xc3\xa4";
    t.evidence = {{"command_text", umlauts}};
    BOOST_TEST(typed_text(t) == umlauts.substr(0, max_typed_text - 1) + "...");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
