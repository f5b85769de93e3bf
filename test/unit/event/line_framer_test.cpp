#include "event/line_framer.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace rulehost;

namespace {

using lines = std::vector<std::string>;

/// Feeds `stream` in pieces of `size` bytes.
lines frame(std::string_view stream, std::size_t size, std::size_t longest = line_framer::max_line_size) {
    line_framer framer(longest);
    lines result;
    auto const note = [&](line_framer::line const& each) {
        result.push_back(std::to_string(each.number) + ":" + (each.truncated ? "<truncated>" : "") +
                         std::string(each.text));
    };
    while (!stream.empty()) {
        auto const piece = stream.substr(0, size);
        std::ranges::copy(piece, framer.prepare(piece.size()).begin());
        framer.commit(piece.size());
        stream.remove_prefix(piece.size());
        while (auto const line = framer.next())
            note(*line);
    }
    if (auto const line = framer.last())
        note(*line);
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(framing_of_lines)

BOOST_AUTO_TEST_CASE(lines_are_the_same_wherever_reads_end) {
    std::string const stream = "one\n\ntwo\r\nthree \r x\nfour";
    lines const expected{"1:one", "2:", "3:two", "4:three \r x", "5:four"};
    for (std::size_t size = 1; size <= stream.size(); ++size)
        BOOST_TEST(frame(stream, size) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stream_that_ends_with_a_line_break_has_no_further_line) {
    BOOST_TEST(frame("one\n", 100) == lines{"1:one"}, boost::test_tools::per_element());
    BOOST_TEST(frame("", 100).empty());
}

BOOST_AUTO_TEST_CASE(line_over_the_bound_is_shortened_and_the_next_one_is_whole) {
    lines const expected{"1:12345", "2:<truncated>12345", "3:ok", "4:12345", "5:<truncated>12345", "6:end"};
    for (std::size_t size = 1; size < 40; ++size)
        BOOST_TEST(frame("12345\n123456\nok\n12345\r\n1234567890123456789\nend", size, 5) == expected,
                   boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(last_line_over_the_bound_is_shortened) {
    lines const expected{"1:<truncated>12345"};
    for (std::size_t size = 1; size < 12; ++size)
        BOOST_TEST(frame("1234567890", size, 5) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(endless_line_takes_bounded_memory) {
    line_framer framer(1000);
    std::size_t lines = 0;
    for (int reads = 0; reads < 10'000; ++reads) {
        auto const room = framer.prepare(100);
        std::ranges::fill(room, 'x');
        framer.commit(room.size());
        while (framer.next())
            ++lines;
        BOOST_REQUIRE(framer.prepare(0).data() + 1200 >= room.data());
    }
    BOOST_TEST(lines == 0u);
    auto const line = framer.last();
    BOOST_REQUIRE(line);
    BOOST_TEST(line->truncated);
    BOOST_TEST(line->text == std::string(1000, 'x'));
}

BOOST_AUTO_TEST_CASE(byte_order_mark_is_no_part_of_the_first_line) {
    BOOST_TEST(frame("\xEF\xBB\xBFone\n\xEF\xBB\xBFtwo", 4) == (lines{"1:one", "2:\xEF\xBB\xBFtwo"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(text_may_hold_any_byte) {
    std::string const line("a\0b\x01\xff", 5);
    BOOST_TEST(frame(line + "\n", 3) == lines{"1:" + line}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
