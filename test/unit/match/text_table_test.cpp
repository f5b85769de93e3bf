#include "match/value/text_table.hpp"

#include "match/value/letter_fold.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(text_tables)

BOOST_AUTO_TEST_CASE(each_text_of_any_size_is_found_and_nothing_else) {
    std::vector<std::string> texts;
    for (std::size_t size = 0; size != 40; ++size)
        for (char const letter : {'a', 'b', '\xff', '\0'}) {
            std::string text(size, 'x');
            if (size != 0)
                text[size / 2] = letter;
            if (size != 0 || letter == 'a')
                texts.push_back(text);
        }
    text_table const table(texts);
    for (std::uint32_t i = 0; i != texts.size(); ++i)
        BOOST_TEST(table.find(texts[i]) == i);
    for (auto const& text : texts) {
        BOOST_TEST(table.find(text + "q") == text_table::none);
        if (text.size() > 1) {
            auto changed = text;
            changed.back() = 'q';
            BOOST_TEST(table.find(changed) == text_table::none);
            std::swap(changed.front(), changed.back());
            BOOST_TEST(table.find(changed) == text_table::none);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_table_holds_nothing) {
    BOOST_TEST(text_table().find("") == text_table::none);
    BOOST_TEST(text_table(std::vector<std::string>{}).find("a") == text_table::none);
}

BOOST_AUTO_TEST_CASE(a_text_is_folded_when_folding_leaves_it_as_it_is_and_it_is_ascii) {
    for (unsigned byte = 0; byte != 256; ++byte)
        for (std::size_t size = 1; size != 20; ++size)
            for (std::size_t at = 0; at != size; ++at) {
                std::string text(size, '@');
                text[at] = static_cast<char>(byte);
                BOOST_REQUIRE(is_folded(text) == (byte < 0x80 && folded(text) == text));
            }
    BOOST_TEST(is_folded(""));
}

BOOST_AUTO_TEST_SUITE_END()
