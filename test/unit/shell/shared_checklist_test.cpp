#include "unit/shell/read_line.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

BOOST_AUTO_TEST_SUITE(shared_checklist)

using namespace rulehost::shell;

namespace {

/// Builtins that no stub can replace, so that shells do not record them.
std::set<std::string> const unrecorded{"eval",    "exec",    "command", "export", "set",   "unset",    "alias",
                                       "trap",    ".",       "source",  "read",   "shift", "return",   "local",
                                       "exit",    ":",       "[[",      "((",     "break", "continue", "readonly",
                                       "declare", "builtin", "coproc",  "time",   "shopt"};

/// Replaces the home directory by `~`.
std::string with_tilde(std::string text) {
    for (std::size_t at = 0; (at = text.find("/root", at)) != text.npos; ++at)
        text.replace(at, 5, "~");
    return text;
}

std::set<std::vector<std::string>> recorded(std::set<std::vector<std::string>> const& commands) {
    std::set<std::vector<std::string>> all;
    for (auto command : commands) {
        for (auto& word : command)
            word = with_tilde(word);
        if (command.empty() || !unrecorded.contains(command.front()))
            all.insert(std::move(command));
    }
    return all;
}

std::set<std::vector<std::string>> expected(boost::json::value const& reading) {
    std::set<std::vector<std::string>> all;
    for (auto const& command : reading.as_array()) {
        std::vector<std::string> words;
        for (auto const& word : command.as_array())
            words.emplace_back(word.as_string());
        all.insert(std::move(words));
    }
    return recorded(all);
}

/// Lines with an intended difference: `NUMBER reason` in a file.
std::set<std::size_t> listed_misses() {
    std::set<std::size_t> all;
    std::ifstream file(RULEHOST_SOURCE_DIR "/test/unit/shell/checklist_misses.txt");
    BOOST_REQUIRE(file);
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && line.front() != '#')
            all.insert(std::stoul(line));
    return all;
}

std::filesystem::path checklist() {
    auto const* const named = std::getenv("RULEHOST_SHARED");
    return std::filesystem::path(named != nullptr ? named : RULEHOST_SOURCE_DIR "/../shared") /
        "commands/checklist.jsonl";
}

/// Skips the test if nobody says where the file is and it is not beside the sources.
boost::test_tools::assertion_result can_be_measured(boost::unit_test::test_unit_id) {
    bool const can = std::getenv("RULEHOST_SHARED") != nullptr || std::filesystem::exists(checklist());
    if (!can)
        std::cout << "not measured: " << checklist().string() << " is not there" << std::endl;
    return can;
}

} // namespace

BOOST_AUTO_TEST_CASE(all_but_the_listed_lines_are_read_as_expected, *boost::unit_test::precondition(can_be_measured)) {
    std::ifstream file(checklist());
    BOOST_REQUIRE_MESSAGE(file, "there is no " + checklist().string());
    std::size_t number = 0;
    std::set<std::size_t> misses;
    for (std::string text; std::getline(file, text);) {
        ++number;
        auto const entry = boost::json::parse(text).as_object();
        line_reading const line(entry.at("line").as_string());
        if (recorded(line.commands()) != expected(entry.at("reading")))
            misses.insert(number);
    }
    BOOST_TEST(number >= 426U);
    BOOST_TEST(misses == listed_misses(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
