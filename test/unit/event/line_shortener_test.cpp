#include "event/line_shortener.hpp"

#include "event/line_framer.hpp"

#include <rulehost/event_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace rulehost;

namespace {

constexpr std::size_t limit = 16 * 1024;

std::string shortened(std::string_view line, std::size_t piece = std::string_view::npos, std::size_t most = limit) {
    line_shortener shortener(most);
    for (std::size_t at = 0; at < line.size(); at += std::min(piece, line.size()))
        shortener.feed(line.substr(at, piece));
    return std::string(shortener.text());
}

boost::json::object parsed(std::string_view line) {
    boost::system::error_code problem;
    auto const value = boost::json::parse(line, problem);
    BOOST_REQUIRE_MESSAGE(!problem, problem.message() + ": " + std::string(line.substr(0, 200)));
    BOOST_TEST(line.size() <= limit);
    return value.as_object();
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i != times; ++i)
        result += text;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(shortening_of_lines)

BOOST_AUTO_TEST_CASE(members_behind_a_long_text_are_kept) {
    auto const line =
        parsed(shortened(R"({"input":"wget http://x )" + repeated(R"(\u0001)", 20'000) + R"(","session":"s1","n":7})"));
    BOOST_TEST(line.at("input").as_string().starts_with("wget http://x \x01"));
    BOOST_TEST(line.at("input").as_string().size() > 900u);
    BOOST_TEST(line.at("session").as_string() == "s1");
    BOOST_TEST(line.at("n").as_int64() == 7);
}

BOOST_AUTO_TEST_CASE(members_behind_several_long_texts_are_kept) {
    auto const text = std::string(100'000, 'x');
    auto const line =
        parsed(shortened(R"({"a":")" + text + R"(","b":")" + text + R"(","c":")" + text + R"(","session":"s1"})"));
    BOOST_TEST(line.at("a").as_string().size() == limit / 8 * 3);
    BOOST_TEST(line.at("session").as_string() == "s1");
}

BOOST_AUTO_TEST_CASE(long_list_keeps_its_first_elements_and_what_is_behind_it) {
    auto const line = parsed(shortened(R"({"payload":{"commands":["first")" +
                                       repeated(R"(,{"command_text":"id"})", 10'000) + R"(],"x":1},"id":"s1"})"));
    auto const& commands = line.at("payload").at("commands").as_array();
    BOOST_TEST(commands.front().as_string() == "first");
    BOOST_TEST(commands.size() > 100u);
    BOOST_TEST(commands.back().at("command_text").as_string() == "id");
    BOOST_TEST(line.at("id").as_string() == "s1");
}

BOOST_AUTO_TEST_CASE(object_of_too_many_members_keeps_the_first_whole_ones) {
    auto const line = parsed(shortened(R"({"a":1)" + repeated(R"(,"b":[1,"2",{"c":3}])", 10'000) + "}"));
    BOOST_TEST(line.at("a").as_int64() == 1);
    BOOST_TEST(line.at("b").at(0).as_int64() == 1);
    BOOST_TEST(parsed(shortened(R"({"a":)" + std::string(100'000, '7') + R"(,"b":1})")).empty());
}

BOOST_AUTO_TEST_CASE(line_that_is_no_object_keeps_its_beginning) {
    BOOST_TEST(shortened("wget " + std::string(100'000, 'x')) == "wget " + std::string(limit - 5, 'x'));
    BOOST_TEST(shortened("[" + repeated("1,", 10'000)).size() == limit);
    BOOST_TEST(shortened("").empty());
}

BOOST_AUTO_TEST_CASE(object_that_never_ends_does_not_become_one) {
    boost::system::error_code problem;
    for (std::string const& open : {R"({"a":")" + std::string(100'000, 'x'), R"({"a":[)" + repeated("1,", 50'000),
                                    repeated(R"({"a":)", 50'000), "{" + std::string(100'000, ' ')}) {
        boost::json::parse(shortened(open), problem);
        BOOST_TEST(!!problem, open.substr(0, 20));
    }
}

BOOST_AUTO_TEST_CASE(escape_at_the_cut_is_whole_or_left_out) {
    for (std::size_t before = 0; before != 8; ++before) {
        parsed(shortened(R"({"a":")" + std::string(before, 'x') + repeated(R"(\u00e9)", 10'000) + R"(","b":1})"));
        parsed(shortened(R"({"a":")" + std::string(before, 'x') + repeated(R"(\")", 10'000) + R"(","b":1})"));
        parsed(shortened(R"({"a":")" + std::string(before, 'x') + repeated(R"(\\)", 10'000) + R"(","b":1})"));
    }
}

BOOST_AUTO_TEST_CASE(result_is_the_same_wherever_pieces_end) {
    std::mt19937 random(7);
    std::vector<std::string> const parts{
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0041", "\"a\"", "1", " ", std::string(700, 'y')};
    for (int round = 0; round != 200; ++round) {
        std::string line = "{";
        while (line.size() < 8'000)
            line += parts[random() % parts.size()];
        auto const whole = shortened(line, std::string_view::npos, 2'000);
        BOOST_TEST_REQUIRE(whole.size() <= 2'000u);
        for (std::size_t const piece : {1u, 7u, 1000u})
            BOOST_TEST_REQUIRE(shortened(line, piece, 2'000) == whole);
    }
}

BOOST_AUTO_TEST_CASE(command_in_a_line_of_100_megabytes_is_read_in_bounded_memory) {
    line_framer framer;
    auto const feed = [&](std::string_view text) {
        std::ranges::copy(text, framer.prepare(text.size()).begin());
        framer.commit(text.size());
        return framer.next();
    };
    std::size_t allocated = 0;
    BOOST_REQUIRE(!feed(R"({"eventid":"cowrie.command.input","input":"wget http://x #)"));
    std::string const piece(1'000'000, 'A');
    for (int i = 0; i != 100; ++i) {
        BOOST_REQUIRE(!feed(piece));
        allocated = std::max(allocated, framer.allocated());
    }
    auto const line = feed("\",\"session\":\"s1\",\"src_ip\":\"192.0.2.1\"}\n");
    BOOST_REQUIRE(line);
    BOOST_TEST(line->truncated);
    BOOST_TEST(allocated < 5'000'000u);
    event_reader reader(event_format::detect);
    auto const read = reader.read(line->text, time_point{}, {.truncated = line->truncated});
    BOOST_REQUIRE(read);
    BOOST_TEST(read->front().session_id == "s1");
    BOOST_TEST(read->front().payload.at("command_text").as_string().starts_with("wget http://x #AAA"));
}

BOOST_AUTO_TEST_SUITE_END()
