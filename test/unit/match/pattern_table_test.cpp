#include "match/pattern_table.hpp"

#include "match/value/letter_fold.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
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

BOOST_AUTO_TEST_CASE(short_texts_and_few_words_give_what_long_texts_and_many_words_give) {
    std::mt19937 random(5);
    constexpr std::string_view letters = "aAbB0-K";
    auto const text_of = [&](std::size_t size) {
        std::string text;
        for (; size != 0; --size)
            text += letters[random() % letters.size()];
        return text;
    };
    for (int round = 0; round != 2000; ++round) {
        std::set<std::string> distinct;
        auto const wanted = 1 + random() % 8;
        while (distinct.size() != wanted) {
            auto word = text_of(1 + random() % 4);
            std::ranges::transform(word, word.begin(), fold_letter);
            distinct.insert(word);
        }
        std::vector<std::string> const few(distinct.begin(), distinct.end());
        auto many = few;
        for (char c = 'p'; c != 'z'; ++c)
            many.push_back(std::string(3, c));
        auto const text = text_of(random() % 40) + (round % 5 == 0 ? "\xe2\x84\xaa" : "") + text_of(random() % 40);
        auto const expected = hits_in(many, text);
        BOOST_REQUIRE(hits_in(few, text) == expected);
        auto const long_text = text + std::string(1000, '.');
        BOOST_REQUIRE(hits_in(few, long_text) == hits_in(many, long_text));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
