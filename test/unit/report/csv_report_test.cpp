#include "report/csv_report.hpp"

#include "report_tags.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;

namespace {

/// Reads a row of RFC 4180, strictly.
std::vector<std::string> cells_of(std::string const& row) {
    BOOST_REQUIRE(row.ends_with("\r\n"));
    std::vector<std::string> cells(1);
    for (std::size_t at = 0; at + 2 < row.size();) {
        if (row[at] == '"') {
            for (++at;; ++at) {
                BOOST_REQUIRE_LT(at, row.size());
                if (row[at] == '"' && row[at + 1] == '"')
                    ++at;
                else if (row[at] == '"')
                    break;
                cells.back() += row[at];
            }
            ++at;
        } else {
            while (at + 2 < row.size() && row[at] != ',') {
                BOOST_REQUIRE_NE(row[at], '"');
                cells.back() += row[at++];
            }
        }
        if (at + 2 < row.size()) {
            BOOST_REQUIRE_EQUAL(row[at], ',');
            ++at;
            cells.emplace_back();
        }
    }
    return cells;
}

} // namespace

BOOST_AUTO_TEST_SUITE(csv_reports)

BOOST_AUTO_TEST_CASE(a_cell_is_no_formula_and_stays_a_cell) {
    for (auto const& [text, cell] :
         std::vector<std::pair<std::string, std::string>>{{"plain", "plain"},
                                                          {"=1+1", "'=1+1"},
                                                          {"+x", "'+x"},
                                                          {"-x", "'-x"},
                                                          {"@SUM(A1)", "'@SUM(A1)"},
                                                          {" =1", "\"' =1\""},
                                                          {"a,b", "\"a,b\""},
                                                          {"a\"b", "\"a\"\"b\""},
                                                          {"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
                                                          {"a\r\n=b", "a\\x0d\\x0a=b"},
                                                          {"\t=b", "\\x09=b"},
                                                          {"\uff1d1", "'\uff1d1"},
                                                          {"\uff0bx", "'\uff0bx"},
                                                          {"\uff0dx", "'\uff0dx"},
                                                          {"\uff20x", "'\uff20x"},
                                                          {"\u3000=1", "'\u3000=1"},
                                                          {" \u00a0 \uff1d1", "\"' \u00a0 \uff1d1\""},
                                                          {"\uff1b=1", "\uff1b=1"},
                                                          {"a=b", "a=b"}})
        BOOST_TEST(csv_cell(text) == cell, text);
}

BOOST_AUTO_TEST_CASE(a_row_has_as_many_cells_as_the_heading_for_any_text) {
    BOOST_TEST(csv_cell(std::string(30'000, '\x01')).size() <= 32'767u); // escaped, each is four
    auto const columns = cells_of(csv_heading());
    for (std::string const typed : {"id", "=1,\"2\"\r\n3", "\x1b[2J\xff,", "", "\"", "'"}) {
        auto const cells = cells_of(csv_row(test::seen_tag("s,1", 5, typed), test::report_start));
        BOOST_REQUIRE_EQUAL(cells.size(), columns.size());
        auto const at = std::ranges::find(columns, "session_id") - columns.begin();
        BOOST_TEST(cells[static_cast<std::size_t>(at)] == "s,1");
    }
}

BOOST_AUTO_TEST_CASE(a_row_says_what_happened) {
    auto const cells = cells_of(csv_row(test::seen_tag("s1", 5, "cat /etc/shadow"), test::report_start));
    BOOST_TEST(cells[0] == "2026-01-01T00:00:00.000000Z");
    BOOST_TEST(cells[1] == "203.0.113.5");
    BOOST_TEST(cells[7] == "T1059.004");
    BOOST_TEST(cells[9] == "0.85");
    BOOST_TEST(cells[13] == "cat /etc/shadow");
}

BOOST_AUTO_TEST_SUITE_END()
