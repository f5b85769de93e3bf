#include "match/pattern_table.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

namespace {

using hits = std::set<std::pair<std::uint32_t, std::size_t>>;

hits hits_in(std::vector<std::string> const& words, std::string_view text) {
    pattern_table const table{words};
    scan_memory memory;
    table.reserve(memory);
    hits found;
    table.scan(text, memory, [&](std::uint32_t word, std::size_t end) { found.emplace(word, end); });
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pattern_tables)

BOOST_AUTO_TEST_CASE(words_are_found_where_they_end) {
    BOOST_TEST((hits_in({"wget", "get", "x"}, "WGet wget") == hits{{0, 4}, {1, 4}, {0, 9}, {1, 9}}));
    BOOST_TEST(hits_in({"wget"}, "").empty());
    BOOST_TEST(hits_in({}, "wget").empty());
}

BOOST_AUTO_TEST_CASE(a_word_in_letters_that_fold_into_ascii_is_somewhere) {
    BOOST_TEST((hits_in({"kill"}, "\xe2\x84\xaaill") == hits{{0, pattern_table::somewhere}}));
    BOOST_TEST((hits_in({"kill"}, "caf\xc3\xa9 kill") == hits{{0, 10}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
