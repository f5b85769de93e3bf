#include "text/table.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>

namespace rulehost {

namespace {

using rows = std::vector<std::vector<std::string>>;

std::vector<table_column> const columns{time_column("TIME"), "ADDRESS", "TECHNIQUE", text_column("TYPED"), "MARK"};

rows const tags{{"2026-12-01T10:00:00Z", "203.0.113.7", "T1059.004", "cat /etc/passwd; rm -rf /var/log/*", ""},
                {"2026-12-01T10:00:01.25Z", "203.0.113.8", "T1083", "", ""}};

} // namespace

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(column_without_a_value_is_left_out) {
    BOOST_TEST(table_text({"A", "B", "C"}, {{"1", "", "x"}, {"22", "", "y"}}, {}) ==
               "A   C\n"
               "1   x\n"
               "22  y\n");
}

BOOST_AUTO_TEST_CASE(table_without_rows_has_every_heading) {
    BOOST_TEST(table_text({"A", text_column("B")}, {}, {.width = 80}) == "A  B\n");
}

BOOST_AUTO_TEST_CASE(rows_that_fit_stay_as_they_are) {
    auto const text = table_text(columns, tags, {.width = 100, .today = "2026-12-01"});
    BOOST_TEST(text ==
               "TIME                     ADDRESS      TECHNIQUE  TYPED\n"
               "2026-12-01T10:00:00Z     203.0.113.7  T1059.004  cat /etc/passwd; rm -rf /var/log/*\n"
               "2026-12-01T10:00:01.25Z  203.0.113.8  T1083\n");
}

BOOST_AUTO_TEST_CASE(times_of_today_lose_their_date_first) {
    auto const text = table_text(columns, tags, {.width = 70, .today = "2026-12-01"});
    BOOST_TEST(text ==
               "TIME       ADDRESS      TECHNIQUE  TYPED\n"
               "10:00:00Z  203.0.113.7  T1059.004  cat /etc/passwd; rm -rf /var/log/*\n"
               "10:00:01Z  203.0.113.8  T1083\n");
}

BOOST_AUTO_TEST_CASE(times_of_another_day_lose_only_their_fraction) {
    auto const text = table_text(columns, tags, {.width = 79, .today = "2026-12-02"});
    BOOST_TEST(text ==
               "TIME                  ADDRESS      TECHNIQUE  TYPED\n"
               "2026-12-01T10:00:00Z  203.0.113.7  T1059.004  cat /etc/passwd; rm -rf /var/log\u2026\n"
               "2026-12-01T10:00:01Z  203.0.113.8  T1083\n");
}

BOOST_AUTO_TEST_CASE(only_free_text_is_cut) {
    auto const text = table_text(columns, tags, {.width = 60, .today = "2026-12-01"});
    BOOST_TEST(text ==
               "TIME       ADDRESS      TECHNIQUE  TYPED\n"
               "10:00:00Z  203.0.113.7  T1059.004  cat /etc/passwd; rm -rf \u2026\n"
               "10:00:01Z  203.0.113.8  T1083\n");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_goes_on_in_a_further_line) {
    auto const text = table_text(columns, tags, {.width = 40, .today = "2026-12-01"});
    BOOST_TEST(text ==
               "TIME       ADDRESS      TECHNIQUE\n"
               "    TYPED\n"
               "10:00:00Z  203.0.113.7  T1059.004\n"
               "    cat /etc/passwd; rm -rf /var/log/*\n"
               "10:00:01Z  203.0.113.8  T1083\n");
}

BOOST_AUTO_TEST_CASE(ids_are_whole_in_the_narrowest_terminal) {
    auto const text =
        table_text({"ID", text_column("TEXT")}, {{"0123456789abcdef", "to be read at any width"}}, {.width = 8});
    BOOST_TEST(text ==
               "ID\n"
               "    TEXT\n"
               "0123456789abcdef\n"
               "    to be read at any w\u2026\n");
}

BOOST_AUTO_TEST_CASE(widest_text_is_cut_first) {
    auto const text = table_text({text_column("NAME"), text_column("TYPED")},
                                 {{"\u00fcber_the_river_and_far", std::string(60, 'x')}}, {.width = 48});
    BOOST_TEST(text ==
               "NAME                    TYPED\n"
               "\u00fcber_the_river_and_far  xxxxxxxxxxxxxxxxxxxxxxx\u2026\n");
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal_unless_a_whole_cell_is) {
    for (std::size_t width = 16; width != 120; ++width) {
        auto const text = table_text(columns, tags, {.width = width, .today = "2026-12-01"});
        for (std::size_t begin = 0; begin < text.size();) {
            auto const end = text.find('\n', begin);
            auto const line = text.substr(begin, end - begin);
            BOOST_TEST(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }) <=
                       static_cast<std::ptrdiff_t>(std::max(width, std::size_t{24})));
            begin = end + 1;
        }
        for (auto const* const whole : {"203.0.113.7", "203.0.113.8", "T1059.004", "T1083"})
            BOOST_TEST(text.find(whole) != text.npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
