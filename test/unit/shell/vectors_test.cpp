#include "unit/shell/read_line.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>

BOOST_AUTO_TEST_SUITE(vectors)

using namespace rulehost::shell;

namespace {

std::string shown(std::set<std::vector<std::string>> const& commands) {
    boost::json::array all;
    for (auto const& command : commands)
        all.emplace_back(boost::json::array(command.begin(), command.end()));
    return boost::json::serialize(all);
}

} // namespace

BOOST_AUTO_TEST_CASE(every_line_of_the_list_is_read_as_it_says) {
    std::ifstream file(RULEHOST_SOURCE_DIR "/test/unit/shell/vectors.jsonl");
    BOOST_REQUIRE(file);
    std::size_t number = 0;
    for (std::string text; std::getline(file, text); ++number) {
        auto const entry = boost::json::parse(text).as_object();
        line_reading const line(entry.at("line").as_string());
        std::set<std::vector<std::string>> expected;
        for (auto const& command : entry.at("reading").as_array()) {
            std::vector<std::string> words;
            for (auto const& word : command.as_array())
                words.emplace_back(word.as_string());
            expected.insert(std::move(words));
        }
        BOOST_TEST(shown(line.commands()) == shown(expected), "line " << number + 1 << ": " << text);
    }
    BOOST_TEST(number > 60U);
}

BOOST_AUTO_TEST_SUITE_END()
