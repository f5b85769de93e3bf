#include "rule_text.hpp"

#include <boost/json/parse.hpp>

#include <limits>

namespace {

using namespace rulehost;

diagnostic example() {
    diagnostic found;
    found.code = "unknown-key";
    found.message = "a rule has no key 'emit'";
    found.path = "rules/a b.yaml";
    found.line = 12;
    found.column = 5;
    found.source_line = "\t\xc3\xa9  emit: []";
    found.hint = "did you mean 'emits'?";
    found.rule_id = "R0001";
    return found;
}

BOOST_AUTO_TEST_SUITE(diagnostic_form)

BOOST_AUTO_TEST_CASE(text_shows_place_line_caret_and_hint) {
    BOOST_TEST(to_text(example()) ==
               "rules/a b.yaml:12:5: error[unknown-key]: a rule has no key 'emit'\n"
               "   12 |  \xc3\xa9  emit: []\n"
               "      |    ^\n"
               "      = did you mean 'emits'?\n");
}

BOOST_AUTO_TEST_CASE(text_about_a_whole_file_has_no_caret) {
    diagnostic found;
    found.level = severity::warning;
    found.code = "x";
    found.message = "m";
    found.path = "p";
    BOOST_TEST(to_text(found) == "p: warning[x]: m\n");
    found.line = 3;
    BOOST_TEST(to_text(found) == "p:3: warning[x]: m\n");
}

BOOST_AUTO_TEST_CASE(extreme_places_do_no_harm) {
    auto found = example();
    found.column = std::numeric_limits<std::size_t>::max();
    found.line = std::numeric_limits<std::size_t>::max();
    BOOST_TEST(to_text(found).find('^') == std::string::npos);
    BOOST_TEST(!to_sarif({found}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_in_the_text_commands_a_terminal) {
    auto found = example();
    found.path = "a\x1b]0;evil\x07";
    found.message = "b\x1b[2J\r\n";
    found.source_line = "c\x1b[31m\xff \xe2\x80\xae"
                        "d\x9b";
    found.hint = "e\x08";
    auto const text = to_text(found);
    for (auto const c : text)
        BOOST_TEST((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
    BOOST_TEST(text.find("\\x1b") != std::string::npos);
    BOOST_TEST(text.find("\\u{202e}") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(escaping_keeps_text_and_spells_out_the_rest) {
    BOOST_TEST(escape_for_terminal("plain \xc3\xa9 \xf0\x9f\x98\x80") == "plain \xc3\xa9 \xf0\x9f\x98\x80");
    BOOST_TEST(escape_for_terminal(std::string_view("\0\x01\n\t\x7f", 5)) == "\\x00\\x01\\x0a\\x09\\x7f");
    BOOST_TEST(escape_for_terminal("\xc3") == "\\xc3");
    BOOST_TEST(escape_for_terminal("\xc0\xaf\xed\xa0\x80") == "\\xc0\\xaf\\xed\\xa0\\x80");
    BOOST_TEST(escape_for_terminal("\xc2\x9b"
                                   "31m") == "\\u{9b}31m");
    BOOST_TEST(escape_for_terminal("\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf") == "\\u{2066}\\u{200b}\\u{feff}");
}

BOOST_AUTO_TEST_CASE(json_reads_back_member_by_member) {
    auto broken = example();
    broken.source_line = "\xff\x01";
    broken.level = severity::warning;
    auto const parsed = boost::json::parse(to_json({example(), broken})).as_array();
    BOOST_REQUIRE_EQUAL(parsed.size(), 2u);
    auto const& first = parsed[0].as_object();
    BOOST_TEST(first.at("level") == "error");
    BOOST_TEST(first.at("code") == "unknown-key");
    BOOST_TEST(first.at("message") == "a rule has no key 'emit'");
    BOOST_TEST(first.at("path") == "rules/a b.yaml");
    BOOST_TEST(first.at("line") == 12);
    BOOST_TEST(first.at("column") == 5);
    BOOST_TEST(first.at("hint") == "did you mean 'emits'?");
    BOOST_TEST(first.at("rule_id") == "R0001");
    BOOST_TEST(parsed[1].at("source_line") == "\xef\xbf\xbd\x01");
    BOOST_TEST(parsed[1].at("level") == "warning");
    BOOST_TEST(to_json(std::vector<diagnostic>{}) == "[]");
}

BOOST_AUTO_TEST_CASE(sarif_has_one_run_with_rules_and_results) {
    auto foreign = example();
    foreign.code = "failed-test";
    foreign.level = severity::warning;
    foreign.line = 0;
    foreign.column = 0;
    auto const log = boost::json::parse(to_sarif({example(), foreign}));
    BOOST_TEST(log.at("version") == "2.1.0");
    BOOST_REQUIRE_EQUAL(log.at("runs").as_array().size(), 1u);
    auto const& run = log.at("runs").at(0);
    auto const& rules = run.at("tool").at("driver").at("rules").as_array();
    BOOST_TEST(rules.size() == diagnostic_codes().size() + 1);
    auto const& results = run.at("results").as_array();
    BOOST_REQUIRE_EQUAL(results.size(), 2u);
    for (auto const& result : results)
        BOOST_TEST(rules.at(result.at("ruleIndex").to_number<std::size_t>()).at("id") == result.at("ruleId"));
    BOOST_TEST(results[0].at("level") == "error");
    auto const& place = results[0].at("locations").at(0).at("physicalLocation");
    BOOST_TEST(place.at("artifactLocation").at("uri") == "rules/a%20b.yaml");
    BOOST_TEST(place.at("region").at("startLine") == 12);
    BOOST_TEST(place.at("region").at("startColumn") == 4); // characters, not bytes
    BOOST_TEST(!results[1].at("locations").at(0).at("physicalLocation").as_object().contains("region"));
}

BOOST_AUTO_TEST_CASE(long_line_is_shown_around_its_place) {
    diagnostic found;
    found.code = "x";
    found.message = "m";
    found.path = "p";
    found.line = 1;
    found.source_line = std::string(1000, 'a') + "\xc3\xa9!" + std::string(1000, 'b');
    found.column = 1003;
    auto const text = to_text(found);
    BOOST_TEST(text.size() < 500u);
    auto const shown = text.find("| ... a") + 2;
    auto const caret = text.find('^');
    auto const mark = text.rfind("| ", caret) + 2;
    BOOST_TEST(text.substr(shown + (caret - mark) + 1, 1) == "!"); // the character before it takes two bytes
    BOOST_TEST(text.find("b ...\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
