#include "output/syslog_message.hpp"

#include "hostile_tags.hpp"
#include "output/syslog_target.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
namespace json = boost::json;

namespace {

/// The MSG of a message; requires a header by the grammar of RFC 5424, 6.
std::string text_of(std::string const& message) {
    static std::regex const header(
        "<([1-9]?[0-9]|1[0-8][0-9]|19[01])>1 "                           // PRI, VERSION
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]" // TIMESTAMP
        "\\.[0-9]{1,6}(Z|[+-][0-2][0-9]:[0-5][0-9]) "                    //
        "[!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32} "             // HOSTNAME ... MSGID
        "(-|(\\[[!#-<>-\\\\^-~]{1,32}( [!#-<>-\\\\^-~]{1,32}=\"([^\"\\\\\\]]|\\\\.)*\")*\\])+) ");
    std::smatch found;
    BOOST_REQUIRE_MESSAGE(std::regex_search(message, found, header, std::regex_constants::match_continuous), message);
    return found.suffix();
}

bool is_printable(std::string const& text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

struct cef_message {
    std::vector<std::string> header;
    std::map<std::string, std::string> fields;
};

/// Reads CEF by its guide: `\` only before `|` and `\` in the header, and before `=` and `\` in a value.
cef_message read_cef(std::string const& text) {
    cef_message made;
    BOOST_REQUIRE_EQUAL(text.substr(0, 6), "CEF:0|");
    std::size_t at = 6;
    std::string part;
    while (made.header.size() < 6) {
        BOOST_REQUIRE_LT(at, text.size());
        auto const c = text[at++];
        if (c == '|') {
            made.header.push_back(std::exchange(part, {}));
        } else if (c == '\\') {
            BOOST_REQUIRE_MESSAGE(at < text.size() && (text[at] == '|' || text[at] == '\\'), text);
            part += text[at++];
        } else {
            part += c;
        }
    }
    std::string key;
    std::string value;
    std::string word; // since the last blank: a key, when an `=` follows
    auto const take = [&] {
        if (!key.empty())
            BOOST_REQUIRE_MESSAGE(made.fields.emplace(key, value).second, key);
        value.clear();
    };
    for (; at < text.size(); ++at) {
        auto const c = text[at];
        if (c == '\\') {
            BOOST_REQUIRE_MESSAGE(at + 1 < text.size() && (text[at + 1] == '=' || text[at + 1] == '\\'), text);
            word += text[++at];
        } else if (c == '=') {
            take();
            BOOST_REQUIRE_MESSAGE(!word.empty(), text);
            key = std::exchange(word, {});
        } else if (c == ' ') {
            value += (value.empty() ? "" : " ") + std::exchange(word, {});
        } else {
            word += c;
        }
    }
    value += (value.empty() ? "" : " ") + word;
    take();
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(syslog_messages)

BOOST_AUTO_TEST_CASE(a_message_has_the_header_of_rfc_5424_and_the_tag_as_json) {
    auto const message = syslog_message(test::full_tag(), syslog_format::json, "sensor.example", 8192);
    BOOST_TEST(message.substr(0, message.find('{')) ==
               "<36>1 2021-02-12T10:51:00.000000Z sensor.example rulehost - tag - ");
    auto const tag_in = json::parse(text_of(message)).as_object();
    BOOST_TEST(tag_in == to_json(test::full_tag()));
}

BOOST_AUTO_TEST_CASE(the_severity_follows_the_confidence) {
    auto about = test::full_tag();
    for (auto const& [confidence, priority] : {std::pair{0.7, "<36>"}, {0.69, "<37>"}, {0.5, "<37>"}, {0.3, "<38>"}}) {
        about.confidence = confidence;
        BOOST_TEST(syslog_message(about, syslog_format::json, "h", 8192).substr(0, 4) == priority);
    }
}

BOOST_AUTO_TEST_CASE(a_message_in_cef_has_the_keys_of_its_dictionary) {
    auto const message = syslog_message(test::full_tag("a=b|c\\d"), syslog_format::cef, "h", 8192);
    auto const cef = read_cef(text_of(message));
    BOOST_TEST(cef.header ==
                   (std::vector<std::string>{"rulehost", "rulehost", cef.header.at(2), "R1",
                                             "Command and Scripting Interpreter: Unix Shell", "9"}),
               boost::test_tools::per_element());
    auto const expected = std::map<std::string, std::string>{
        {"rt", "1613127060000"}, {"src", "203.0.113.5"},    {"spt", "40022"},     {"dvchost", "pot1"},
        {"cat", "Execution"},    {"cs1Label", "technique"}, {"cs1", "T1059.004"}, {"cs2Label", "session"},
        {"cs2", "1a59d85e627b"}, {"msg", "a=b|c\\d"}};
    for (auto const& [key, value] : expected)
        BOOST_TEST(cef.fields.at(key) == value, key);
    BOOST_TEST(cef.fields.size() == expected.size() + 1); // externalId
}

BOOST_AUTO_TEST_CASE(the_source_in_cef_is_an_ipv4_address_or_has_a_key_of_its_own) {
    auto about = test::full_tag();
    auto const fields = [&] { return read_cef(text_of(syslog_message(about, syslog_format::cef, "h", 8192))).fields; };
    about.src_ip = "2001:db8::1";
    BOOST_TEST(fields().at("c6a2") == "2001:db8::1");
    BOOST_TEST(fields().count("src") == 0u);
    about.src_ip = "sha256:ab12";
    BOOST_TEST(fields().at("cs3") == "sha256:ab12");
    BOOST_TEST(fields().count("src") == 0u);
}

BOOST_AUTO_TEST_CASE(message_is_one_line_of_the_grammar_within_the_limit_for_any_tag) {
    test::hostile_texts texts;
    for (int i = 0; i < 2000; ++i) {
        auto const about = texts.next_tag();
        for (std::size_t const limit : {2048u, 8192u}) {
            auto const as_json = syslog_message(about, syslog_format::json, texts.next(), limit);
            BOOST_REQUIRE(is_printable(as_json));
            BOOST_REQUIRE_LE(as_json.size(), limit);
            json::error_code problem;
            BOOST_REQUIRE_MESSAGE(json::parse(text_of(as_json), problem).is_object(), as_json);
            auto const as_cef = syslog_message(about, syslog_format::cef, texts.next(), limit);
            BOOST_REQUIRE(is_printable(as_cef));
            BOOST_REQUIRE_LE(as_cef.size(), limit);
            BOOST_REQUIRE_EQUAL(read_cef(text_of(as_cef)).fields.at("cs1"), "T1059.004");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_tag_that_is_too_long_says_what_was_typed_first_and_that_it_is_cut) {
    auto const message =
        syslog_message(test::full_tag("wget " + std::string(20'000, 'x')), syslog_format::json, "h", 8192);
    auto const about = json::parse(text_of(message)).as_object();
    BOOST_TEST(about.at("rule_id") == "R1");
    auto const& evidence = about.at("evidence").as_object();
    BOOST_TEST(evidence.at("command_text").as_string().starts_with("wget xxx"));
    BOOST_TEST(evidence.at("truncated").as_bool());
}

BOOST_AUTO_TEST_CASE(a_frame_begins_with_the_length_of_its_message) {
    BOOST_TEST(framed("<36>1 abc") == "9 <36>1 abc");
}

BOOST_AUTO_TEST_CASE(a_target_is_a_transport_a_host_and_a_port) {
    using transport = syslog_target::transport;
    auto const is = [](std::string_view url, transport how, std::string_view host, std::string_view port) {
        auto const to = syslog_target::parse(url);
        return to.how == how && to.host == host && to.port == port;
    };
    BOOST_TEST(is("udp://log.example", transport::udp, "log.example", "514"));
    BOOST_TEST(is("tcp://192.0.2.1", transport::tcp, "192.0.2.1", "601"));
    BOOST_TEST(is("tls://[2001:db8::1]:1234", transport::tls, "2001:db8::1", "1234"));
    for (auto const* const bad :
         {"", "log.example", "udp://", "http://h", "udp://h/path", "udp://u@h", "tcp://h?x", "tls://h#y"})
        BOOST_CHECK_THROW(syslog_target::parse(bad), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
