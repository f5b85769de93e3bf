#include "event/unreadable_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rulehost;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(texts_that_hold_no_events)

BOOST_AUTO_TEST_CASE(compressed_and_foreign_files_are_known_by_their_beginning) {
    BOOST_TEST(guess_text("\x1f\x8b\x08\0\0"s).remedy == "zcat FILE");
    BOOST_TEST(guess_text("\x28\xb5\x2f\xfd\x04").what == "zstd");
    BOOST_TEST(guess_text("BZh91AY").what == "bzip2");
    BOOST_TEST(guess_text("\xfd"
                          "7zXZ\0"s)
                   .what == "xz");
    BOOST_TEST(guess_text("\xff\xfe{\0"s).what == "UTF-16");
    BOOST_TEST(guess_text("SQLite format 3\0"s).remedy.empty());
}

BOOST_AUTO_TEST_CASE(json_that_is_not_one_object_a_line_is_known) {
    BOOST_TEST(guess_text(R"([{"a":1},)").remedy == "jq -c '.[]' FILE");
    BOOST_TEST(guess_text("[").what == "a JSON array");
    BOOST_TEST(guess_text("{").remedy == "jq -c . FILE");
    BOOST_TEST(guess_text(R"({ "a": 1, )").what == "JSON over several lines");
    BOOST_TEST(guess_text(R"({"a":1})").what.empty());
}

BOOST_AUTO_TEST_CASE(syslog_is_known_by_its_front) {
    for (auto const* const front :
         {"<134>Nov 29 12:00:00 pot cowrie: ", "Nov  9 12:00:00 pot cowrie: ", "2026-11-29T12:00:00+00:00 pot cowrie: ",
          "<34>1 2026-11-29T12:00:00Z pot cowrie - - - "}) {
        BOOST_TEST(guess_text(front + R"({"eventid":"x"})"s).remedy == "sed 's/^[^{]*//' FILE");
        BOOST_TEST(guess_text(front + "login failed"s).what == "a syslog");
        BOOST_TEST(guess_text(front + "login failed"s).remedy.empty());
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_unknown) {
    for (auto const* const text : {"", " ", "nonsense", "wget http://x/y; sh y", "<a href=x>", R"({"a":)"})
        BOOST_TEST(guess_text(text).what.empty(), text);
}

BOOST_AUTO_TEST_SUITE_END()
