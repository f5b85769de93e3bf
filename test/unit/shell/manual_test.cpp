#include "unit/shell/read_line.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

BOOST_AUTO_TEST_SUITE(shell_manual)

using namespace rulehost::shell;

namespace {

/// Program and arguments; a word with blanks is quoted.
std::string shown(std::vector<std::string> const& words) {
    std::string all;
    for (auto const& word : words) {
        auto const blank = word.find(' ') != word.npos;
        all += (all.empty() ? "" : " ") + (blank ? "'" + word + "'" : word);
    }
    return all;
}

std::set<std::string> commands_of(std::string const& text) {
    line_reading const line(text);
    std::set<std::string> all;
    for (auto const& each : line.commands())
        all.insert(shown(each));
    return all;
}

} // namespace

/// Blocks of docs/commands.md: `line:`, and a `reads:` for each command.
BOOST_AUTO_TEST_CASE(examples_of_the_manual_are_read_as_it_says) {
    std::ifstream file(RULEHOST_SOURCE_DIR "/docs/commands.md");
    BOOST_REQUIRE(file);
    std::size_t examples = 0;
    std::string line;
    std::set<std::string> expected;
    for (std::string text; std::getline(file, text);) {
        if (text.starts_with("line:  ")) {
            line = text.substr(7);
            expected.clear();
        } else if (text.starts_with("reads: ")) {
            expected.insert(text.substr(7));
        } else if (text == "```" && !line.empty()) {
            BOOST_TEST(commands_of(line) == expected, boost::test_tools::per_element());
            BOOST_TEST_INFO(line);
            ++examples;
            line.clear();
        }
    }
    BOOST_TEST(examples >= 8U);
}

BOOST_AUTO_TEST_SUITE_END()
