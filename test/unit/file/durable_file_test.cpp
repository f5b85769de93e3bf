#include "file/durable_file.hpp"

#include "support/small_files.hpp"
#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

using namespace rulehost;

namespace {

struct fixture {
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (auto const& entry : std::filesystem::directory_iterator(root / "."))
            all.push_back(entry.path().filename().string());
        return all;
    }
    test::temporary_directory root;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(durable_files, fixture)

BOOST_AUTO_TEST_CASE(replaces_contents_and_leaves_nothing_beside) {
    root.write("a", "old");
    replace_file(root / "a", "new", "cannot write a");
    BOOST_TEST(root.read("a") == "new");
    BOOST_TEST(names() == std::vector<std::string>{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failed_replacement_leaves_the_old_contents_and_says_why) {
    root.write("a", "old");
    {
        test::small_files const limit(10);
        BOOST_CHECK_EXCEPTION(replace_file(root / "a", std::string(100, 'x'), "cannot write a"), std::system_error,
                              [](std::system_error const& error) {
                                  return error.code().value() == EFBIG &&
                                      std::string(error.what()).starts_with("cannot write a");
                              });
    }
    BOOST_TEST(root.read("a") == "old");
    BOOST_TEST(names() == std::vector<std::string>{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_lock_belongs_to_one_holder_until_it_is_closed) {
    auto const path = root / "lock";
    auto held = lock_file(path, "lock");
    BOOST_REQUIRE(held.has_value());
    BOOST_TEST(!lock_file(path, "lock").has_value());
    held.reset();
    BOOST_TEST(lock_file(path, "lock").has_value());
}

BOOST_AUTO_TEST_CASE(a_lock_file_is_for_its_owner_and_no_symbolic_link) {
    auto const held = lock_file(root / "lock", "lock");
    auto const permissions = std::filesystem::status(root / "lock").permissions();
    BOOST_TEST((permissions == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    std::filesystem::create_symlink(root / "elsewhere", root / "link");
    BOOST_CHECK_THROW(lock_file(root / "link", "link"), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_cut_back_file_goes_on_at_its_new_end) {
    file_descriptor const file(::open((root / "a").c_str(), O_WRONLY | O_CREAT, 0600));
    write_all(file, "abcdef", "a");
    BOOST_TEST(cut_back(file, 3));
    write_all(file, "xy", "a");
    sync_data(file, "a");
    BOOST_TEST(root.read("a") == "abcxy");
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_an_error) {
    BOOST_CHECK_THROW(replace_file(root / "none/a", "x", "a"), std::system_error);
    BOOST_CHECK_THROW(sync_directory(root / "none", "none"), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
