#include "input/file_place.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(file_places)

BOOST_AUTO_TEST_CASE(place_that_is_no_place_is_none) {
    BOOST_TEST(!file_place_from("").has_value());
    BOOST_TEST(!file_place_from("{}").has_value());
    BOOST_TEST(!file_place_from(std::string(100'000, '[')).has_value());
    BOOST_TEST(!file_place_from(R"({"device":1,"inode":2,"offset":-3,"line":4,"head":"x"})").has_value());
    BOOST_TEST(file_place_from(R"({"device":1,"inode":2,"offset":3,"line":4,"head":"x"})").has_value());
}

BOOST_AUTO_TEST_CASE(place_of_an_earlier_version_is_understood) {
    auto const earlier = file_place_from(R"({"device":1,"inode":2,"offset":3,"line":4,"head":"x"})");
    BOOST_REQUIRE(earlier);
    BOOST_TEST(earlier->before == 0u);
    BOOST_TEST(earlier->tail == "");
    BOOST_TEST(earlier->modified == 0);
    BOOST_TEST(earlier->born == 0);
}

BOOST_AUTO_TEST_CASE(place_is_read_as_it_was_written) {
    file_place place;
    place.device = 18'446'744'073'709'551'615U;
    place.inode = 2;
    place.born = -9;
    place.offset = 3;
    place.line = 4;
    place.before = 5;
    place.size = 6;
    place.modified = -7;
    place.head = file_print("head");
    place.tail = file_print("tail");
    place.path = "/a/\"b\"\n";
    auto finished = place;
    finished.inode = 8;
    place.finished = {finished, finished};
    auto const text = to_text(place);
    auto const again = file_place_from(text);
    BOOST_REQUIRE(again);
    BOOST_TEST(to_text(*again) == text);
    BOOST_TEST(again->device == place.device);
    BOOST_TEST(again->modified == -7);
    BOOST_TEST(again->born == -9);
    BOOST_TEST(again->path == place.path);
    BOOST_REQUIRE_EQUAL(again->finished.size(), 2u);
    BOOST_TEST(again->finished[1].inode == 8u);
    BOOST_TEST(again->finished[1].tail == place.tail);
}

BOOST_AUTO_TEST_CASE(place_stays_small) {
    file_place place;
    place.device = place.inode = place.offset = place.line = place.before = place.size = ~std::uint64_t{0};
    place.modified = place.born = std::int64_t{1} << 62;
    place.head = place.tail = file_print("x");
    place.path = std::string(file_place::max_path_bytes, 'x');
    place.finished.assign(file_place::max_finished, place);
    BOOST_TEST(to_text(place).size() <= 4096u);
    place.path += 'x'; // no fingerprint depends on it
    BOOST_TEST(file_place_from(to_text(place))->path == "");
}

BOOST_AUTO_TEST_SUITE_END()
