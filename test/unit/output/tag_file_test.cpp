#include "output/tag_file.hpp"

#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <system_error>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(tag_files)

BOOST_AUTO_TEST_CASE(a_full_file_is_rotated_and_the_oldest_one_removed) {
    test::temporary_directory directory;
    tag_file const file(directory / "tags", 10, 2);
    for (auto const* const line : {"1 aaaa\n", "2 bbbb\n", "3 cccc\n", "4 dddd\n"})
        file.append(line);
    BOOST_TEST(directory.read("tags") == "4 dddd\n");
    BOOST_TEST(directory.read("tags.1") == "3 cccc\n");
    BOOST_TEST(directory.read("tags.2") == "2 bbbb\n");
    BOOST_TEST(!std::filesystem::exists(directory / "tags.3"));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_larger_than_a_file_is_whole) {
    test::temporary_directory directory;
    tag_file const file(directory / "tags", 10, 2);
    std::string const line = std::string(100, 'x') + '\n';
    file.append("b\n" + line + "a\n");
    BOOST_TEST(directory.read("tags.2") == "b\n");
    BOOST_TEST(directory.read("tags.1") == line);
    BOOST_TEST(directory.read("tags") == "a\n");
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_larger_than_a_file_is_split_between_lines) {
    test::temporary_directory directory;
    tag_file const file(directory / "tags", 10, 9);
    file.append("1\n");
    file.append("22\n333\n4444\n55555\n666666666\n");
    BOOST_TEST(directory.read("tags.3") == "1\n22\n333\n");
    BOOST_TEST(directory.read("tags.2") == "4444\n");
    BOOST_TEST(directory.read("tags.1") == "55555\n");
    BOOST_TEST(directory.read("tags") == "666666666\n");
    BOOST_TEST(!std::filesystem::exists(directory / "tags.4"));
}

BOOST_AUTO_TEST_CASE(a_line_that_a_crash_cut_short_is_ended) {
    test::temporary_directory directory;
    directory.write("tags", "{\"uuid\":");
    tag_file(directory / "tags", 1000, 1).append("{}\n");
    BOOST_TEST(directory.read("tags") == "{\"uuid\":\n{}\n");
}

BOOST_AUTO_TEST_CASE(it_is_for_its_owner_alone) {
    test::temporary_directory directory;
    tag_file(directory / "tags", 1000, 1).append("{}\n");
    struct stat about {};
    BOOST_REQUIRE(::stat((directory / "tags").c_str(), &about) == 0);
    BOOST_TEST((about.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named) {
    test::temporary_directory directory;
    BOOST_CHECK_EXCEPTION(
        tag_file(directory / "none" / "tags", 1000, 1).append("{}\n"), std::system_error,
        [](std::system_error const& error) { return std::string(error.what()).find("cannot write") == 0; });
}

BOOST_AUTO_TEST_SUITE_END()
