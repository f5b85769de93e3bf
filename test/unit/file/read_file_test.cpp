#include "file/read_file.hpp"

#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <system_error>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(files_that_are_read)

BOOST_AUTO_TEST_CASE(a_file_is_absent_only_where_one_may_look) {
    test::temporary_directory root;
    root.write("file", "");
    BOOST_TEST(is_absent(root / "none"));
    BOOST_TEST(is_absent(root / "none" / "none"));
    BOOST_TEST(!is_absent(root / "file"));
    // As a directory that is not searchable, for root too.
    root.link("loop", "loop");
    BOOST_TEST(!is_absent(root / "loop" / "file"));
    BOOST_CHECK_THROW(read_file(root / "loop" / "file"), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
